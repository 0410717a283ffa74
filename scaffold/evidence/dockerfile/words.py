"""The words of an instruction: quotes, escapes, and variables in the forms that Docker knows.

Source: the Dockerfile reference (environment replacement) and BuildKit's frontend/dockerfile/shell/lex.go.

May import: nothing of the project.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MODIFIED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(:?[-+?])(.*)\Z", re.DOTALL)
# A value that is built from itself doubles with each line.
_LONGEST = 4096
# Within a default stands another default, and so on.
_DEEPEST = 8


class Unknown(Exception):  # noqa: N818  an internal signal: the caller says what is not known
    """What stands there is known when the image is built, at the earliest."""


def split(text: str, escape: str = "\\") -> list[str]:
    """Split at blanks that are neither quoted nor escaped; quotes and escapes stay."""
    words: list[str] = []
    word, quote, at = "", "", 0
    while at < len(text):
        char = text[at]
        if char == escape and quote != "'" and at + 1 < len(text):
            word += text[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char.isspace():
            if word:
                words.append(word)
            word, at = "", at + 1
            continue
        word += char
        at += 1
    if word:
        words.append(word)
    return words


def expand(text: str, values: Mapping[str, str], escape: str = "\\", depth: int = 0) -> str:
    """Return a word without its quotes, with variables in their place.

    Raises:
        Unknown: a variable has no known value, or a form that Docker does not know; or the value is too long.
    """
    made, quote, at = "", "", 0
    while at < len(text):
        char = text[at]
        if char == escape and quote != "'" and at + 1 < len(text):
            # In double quotes a backslash stands for itself, but before what it has to escape.
            made += text[at + 1] if not quote or text[at + 1] in f'"${escape}' else text[at : at + 2]
            at += 2
        elif char == quote:
            quote, at = "", at + 1
        elif char in "\"'" and not quote:
            quote, at = char, at + 1
        elif char == "$" and quote != "'":
            value, at = _variable(text, at, (values, escape, depth))
            made += value
        else:
            made, at = made + char, at + 1
        if len(made) > _LONGEST:
            raise Unknown
    return made


def _variable(text: str, at: int, known: tuple[Mapping[str, str], str, int]) -> tuple[str, int]:
    values, escape, depth = known
    if text.startswith("${", at):
        end = _closing(text, at + 2)
        return _modified(text[at + 2 : end], values, escape, depth + 1), end + 1
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


def _modified(inside: str, values: Mapping[str, str], escape: str, depth: int) -> str:
    if depth > _DEEPEST:
        raise Unknown
    if _NAME.fullmatch(inside):
        return _value(values, inside)
    form = _MODIFIED.match(inside)
    if form is None:
        raise Unknown
    name, sign, word = form[1], form[2], form[3]
    given = values.get(name) if sign.startswith(":") else values.get(name, None)
    there = bool(given) if sign.startswith(":") else name in values
    if sign.endswith("+"):
        return expand(word, values, escape, depth) if there else ""
    if there:
        return given or ""
    if sign.endswith("?"):
        raise Unknown
    return expand(word, values, escape, depth)


def _value(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise Unknown
    return values[name]


def exec_form(text: str) -> list[str] | None:
    """Return the words of `["a", "b"]`; None where it is something else: the shell form."""
    if not text.startswith("["):
        return None
    try:
        words: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None
