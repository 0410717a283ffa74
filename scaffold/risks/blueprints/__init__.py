"""Risks of who wrote the blueprints."""
