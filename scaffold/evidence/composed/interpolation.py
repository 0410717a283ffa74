"""Compose's interpolation, without the environment of whoever starts it: that one has secrets.

Source: the Compose specification (interpolation).

May import: variables.
"""

from __future__ import annotations

from types import MappingProxyType

from scaffold.evidence.variables import DEEPEST, LONGEST, Unknown, variable

_NOTHING: MappingProxyType[str, str] = MappingProxyType({})


def interpolated(text: str, depth: int = 0) -> str:
    """Return a text with each variable's default in its place, and `$` for `$$`.

    Raises:
        Unknown: a variable has no default.
    """
    made: list[str] = []
    at = 0
    while at < len(text):
        if text[at] != "$":
            end = text.find("$", at)
            end = len(text) if end < 0 else end
            made.append(text[at:end])
            at = end
        elif text.startswith("$$", at):
            made.append("$")
            at += 2
        else:
            if depth >= DEEPEST or len(text) > LONGEST:
                raise Unknown
            value, at = variable(text, at, _NOTHING, lambda word: interpolated(word, depth + 1))
            made.append(value)
    return "".join(made)
