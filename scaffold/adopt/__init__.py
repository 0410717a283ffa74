"""From the manifests that people run today to App documents, each value with the place it was read from.

What could not be carried over is said, with its place and what to do; nothing is lost silently.
"""
