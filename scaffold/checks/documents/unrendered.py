"""A template tag reached the output.

What: no plain scalar of a file holds Jinja's delimiters.
Why: a half-rendered value is applied as it stands. Values that people wrote may hold them, and are quoted.
Fields: every plain scalar and key.
Reference: the project's own rule on positions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.documents.rereading import scalars
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_DELIMITERS = ("{{", "{%", "{#")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each plain scalar that still holds a delimiter."""
    for file in rendered.files:
        if not any(mark in file.text for mark in _DELIMITERS):
            continue
        try:
            found = scalars(file.text)
        except ValueError:
            continue  # reported as unreadable
        for value, plain in found:
            if plain and any(mark in value for mark in _DELIMITERS):
                yield Finding("error", "documents/unrendered", file.path, f"not rendered: {value[:60]}")
