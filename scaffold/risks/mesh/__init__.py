"""Risks on who is let in by a mesh."""
