"""The wizard of `scaffold new`: questions and answers as values, and one seam to the terminal."""
