"""The Pod Security Standards: what `baseline` and `restricted` forbid, at every version; one check per file."""
