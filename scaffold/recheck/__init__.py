"""Verify a written bundle again, as it lies on disk: what people changed in it, beside it and on top of it."""
