"""A template tag reached the output.

What: no plain scalar of a YAML file holds Jinja's delimiters, nor does text in Markdown. (In JSON they are no JSON.)
Why: a half-rendered value is applied as it stands. Values that people wrote may hold them, and are quoted, escaped or
    code.
Fields: every plain scalar and key; every line of Markdown, less its code spans.
Reference: the project's own rule on positions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.documents.rereading import scalars
from scaffold.documents.rereading_markdown import prose
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_DELIMITERS = ("{{", "{%", "{#")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each plain scalar or line that still holds a delimiter."""
    for file in rendered.files:
        if not any(mark in file.text for mark in _DELIMITERS):
            continue
        try:
            found = list(_markdown(file.text) if file.path.endswith(".md") else _yaml(file.text))
        except ValueError:
            continue  # reported as unreadable
        for value in found:
            if any(mark in value for mark in _DELIMITERS):
                yield Finding("error", "documents/unrendered", file.path, f"not rendered: {value[:60]}")


def _yaml(text: str) -> Iterator[str]:
    return (value for value, plain in scalars(text) if plain)


def _markdown(text: str) -> Iterator[str]:
    """Yield every line; no value stands in a fenced block, so that nothing there excuses a delimiter."""
    outside = dict(prose(text))
    return (outside.get(number, line) for number, line in enumerate(text.split("\n"), 1))
