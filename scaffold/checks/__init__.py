"""The checks: one file each, grouped by section; the folder is the registry."""
