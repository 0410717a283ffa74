"""The YAML seam: the only modules that parse YAML, one for people's files and one for our own output."""
