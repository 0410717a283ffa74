"""Checks of what identities may do."""
