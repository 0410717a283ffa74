"""Checks of what the API server remembers."""
