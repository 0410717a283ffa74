"""A field of the answers in words.

May import: nothing of the project.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple


class Field(NamedTuple):
    """A field in words. The example may be left out where the type's own one will do, or the default says enough."""

    title: str
    text: str
    example: Any = None


def label(name: str) -> str:
    """Return a name such as `trustDomain` in words: `Trust domain`."""
    words = re.sub("(?<=[a-z])[A-Z]", lambda found: f" {found[0].lower()}", name)
    return words[:1].upper() + words[1:]
