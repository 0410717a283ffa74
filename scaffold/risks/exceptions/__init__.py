"""Risks that were taken on purpose."""
