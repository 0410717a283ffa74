"""Files of variables, `NAME=value`.

Source: the Compose specification (env_file format); the convention of `.env` libraries.

May import: files (types), errors (types).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.errors import Place
    from scaffold.evidence.files import Text

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:[=:]\s*(.*))?\Z")


def assignments(text: Text) -> Iterator[tuple[str, str | None, Place]]:
    """Yield each variable with its value, without quotes and comments, and its place; None where it has none."""
    lines = iter(enumerate(text.text.split("\n"), 1))
    for number, line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        value = found[2]
        if value is not None:
            value = _plain(value, lines)
        yield found[1], value, text.place(number)


def _plain(value: str, lines: Iterator[tuple[int, str]]) -> str:
    quote = value[:1]
    if quote not in {'"', "'"}:
        return re.split(r"(?:\A|\s)#", value, maxsplit=1)[0].strip()
    parts = [value[1:]]
    while quote not in parts[-1]:  # a value in quotes goes over lines
        following = next(lines, None)
        if following is None:
            break
        parts.append(following[1])
    return "\n".join(parts).partition(quote)[0]
