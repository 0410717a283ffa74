"""Checks of the files that the API server is started with."""
