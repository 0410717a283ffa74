"""Checks of what can reach what."""
