"""How compose files are read: put together from files, interpolated, and taken apart service by service."""
