"""Variables in texts, in the forms that Docker and Compose share with a shell.

Source: the Dockerfile reference (environment replacement); the Compose specification (interpolation).

May import: nothing of the project.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MODIFIED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(:?[-+?])(.*)\Z", re.DOTALL)
LONGEST = 4096
"""A value that is built from itself doubles with each line; what is longer is not known."""
DEEPEST = 8
"""Within a default stands another default, and so on."""


class Unknown(Exception):  # noqa: N818  an internal signal: the caller says what is not known
    """What stands there is known when the image is built, or when a container starts, at the earliest."""


def variable(text: str, at: int, values: Mapping[str, str], inner: Callable[[str], str]) -> tuple[str, int]:
    """Return the value of the variable whose `$` stands at a place, and where it ends.

    Args:
        text: what it stands in.
        at: where.
        values: those that are known.
        inner: works out the text of a default.

    Raises:
        Unknown: it has no known value, or a form that is none of them.
    """
    if text.startswith("${", at):
        end = _closing(text, at + 2)
        return _modified(text[at + 2 : end], values, inner), end + 1
    name = _NAME.match(text, at + 1)
    if name is None:
        return "$", at + 1
    return _value(values, name[0]), name.end()


def _closing(text: str, at: int) -> int:
    depth = 1
    for index in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    raise Unknown


def _modified(inside: str, values: Mapping[str, str], inner: Callable[[str], str]) -> str:
    if _NAME.fullmatch(inside):
        return _value(values, inside)
    form = _MODIFIED.match(inside)
    if form is None:
        raise Unknown
    name, sign, word = form[1], form[2], form[3]
    there = bool(values.get(name)) if sign.startswith(":") else name in values
    if sign.endswith("+"):
        return inner(word) if there else ""
    if there:
        return values[name]
    if sign.endswith("?"):
        raise Unknown
    return inner(word)


def _value(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise Unknown
    return values[name]
