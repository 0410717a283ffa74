"""Rendered files: in memory, on disk, and the lock between runs."""
