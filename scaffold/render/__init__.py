"""Templates: where values may stand, how they are escaped, rendering."""
