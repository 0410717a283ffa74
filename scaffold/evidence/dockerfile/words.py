"""The words of an instruction: quotes, escapes, and variables in the forms that Docker knows.

Source: the Dockerfile reference (environment replacement) and BuildKit's frontend/dockerfile/shell/lex.go.

May import: variables.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scaffold.evidence.variables import DEEPEST, LONGEST, Unknown, variable

if TYPE_CHECKING:
    from collections.abc import Mapping


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
            value, at = variable(text, at, values, lambda word: expand(word, values, escape, depth + 1))
            made += value
        else:
            made, at = made + char, at + 1
        if len(made) > LONGEST or depth > DEEPEST:
            raise Unknown
    return made


def exec_form(text: str) -> list[str] | None:
    """Return the words of `["a", "b"]`; None where it is something else: the shell form."""
    if not text.startswith("["):
        return None
    try:
        words: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None
