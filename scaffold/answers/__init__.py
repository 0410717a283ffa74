"""What people decided: the schema, and reading it."""
