"""How a Dockerfile is read: its lines, its words, its stages."""
