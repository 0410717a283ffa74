"""Image references: `registry:port/path:tag@digest`.

May import: nothing of the project.
"""

from __future__ import annotations


def split(image: str) -> tuple[str, str, str]:
    """Return name, tag and digest of a reference, each empty where it is not given; a registry's port is no tag."""
    named, _, digest = image.partition("@")
    folder, slash, last = named.rpartition("/")
    name, _, tag = last.partition(":")
    return folder + slash + name, tag, digest
