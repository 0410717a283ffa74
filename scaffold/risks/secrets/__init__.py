"""Risks of secrets."""
