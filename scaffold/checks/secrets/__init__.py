"""Checks on how secrets reach a pod."""
