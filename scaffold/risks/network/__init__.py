"""Risks of what can reach what."""
