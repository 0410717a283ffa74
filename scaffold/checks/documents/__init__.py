"""Checks of files and objects as such."""
