"""Risks of what identities may do."""
