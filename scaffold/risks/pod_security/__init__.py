"""Risks of pods and of what admits them."""
