"""Templates of Go (text/template) as whole strings, built from texts and from the names of values.

A text stands as it is, and is never read as a template. A value is spelled as its part says, by functions that a value
can not get out of: percent-encoded, or as a quoted string of JSON.

May import: nothing of the project (stock cookiecutter imports it through `escape`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Go spells a space as `+`, which only a query of a form means; a real plus is %2B by then.
_SPELLED = {"url": ' | urlquery | replace "+" "%20"', "json": " | toRawJson", "plain": ""}
# Two braces begin an action, and so does one of a text before an action of ours.
_BRACES = re.compile(r"\{+")


def go_template(parts: Iterable[Mapping[str, Any]]) -> str:
    """Return a template that puts parts together: each a `text`, or the value called `name`, `spelled` as it says."""
    return "".join(_part(part) for part in parts)


def _part(part: Mapping[str, Any]) -> str:
    if part["text"] is not None:
        return _BRACES.sub(lambda found: f'{{{{ "{found[0]}" }}}}', part["text"])
    return f"{{{{ .{part['name']}{_SPELLED[part['spelled'] or 'url']} }}}}"
