"""What is said of a field of the answers, in words; a blueprint says the same of its options.

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


VERSION = Field("Version of the answers", "What this document is written for; it decides what the fields mean.")
KIND = Field("Kind of document", "App says what one service is; Platform says what the cluster is.")
"""Said of every kind of document."""
