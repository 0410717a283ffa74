"""A Dockerfile's instructions, each with its line: continued lines are joined, comments and heredocs' bodies left out.

Source: the Dockerfile reference (parser directives, comments, heredocs) and BuildKit's frontend/dockerfile/parser.

May import: value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.*?)\s*\Z")
_HEREDOC = re.compile(r"<<(-?)([\"']?)([A-Za-z0-9_.]+)\2(?=\s|\Z|[;&|>])")
_WITH_HEREDOCS = ("RUN", "COPY", "ADD")


class Instruction(Value, frozen=True):
    """One instruction: its first line, its name in capitals, and what follows, with each heredoc's body left out."""

    line: int
    name: str
    rest: str


def escape_of(text: str) -> str:
    """Return the escape character: a backslash, or what the directive at the very top says."""
    for line in text.split("\n"):
        directive = _DIRECTIVE.match(line.strip())
        if directive is None:
            break
        if directive[1].lower() == "escape" and directive[2] in {"\\", "`"}:
            return directive[2]
    return "\\"


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile, in order."""
    escape = escape_of(text)
    lines = enumerate(text.split("\n"), 1)
    begun, parts = 0, []
    for number, line in lines:
        bare = line.strip()
        if not bare or bare.startswith("#"):  # also between continued lines
            continue
        begun = begun or number
        continued = bare.endswith(escape) and not bare.endswith(escape * 2)
        parts.append(bare[:-1] if continued else bare)
        if continued:
            continue
        made = _instruction(begun, " ".join(parts))
        begun, parts = 0, []
        _skip(lines, made)
        yield made
    if parts:
        yield _instruction(begun, " ".join(parts))


def _instruction(line: int, text: str) -> Instruction:
    name, _, rest = text.partition(" ") if "\t" not in text.split(" ", 1)[0] else text.partition("\t")
    return Instruction(line, name.upper(), rest.strip())


def _skip(lines: Iterator[tuple[int, str]], instruction: Instruction) -> None:
    """Pass over the bodies of an instruction's heredocs."""
    if instruction.name not in _WITH_HEREDOCS:
        return
    for tabs, _, word in _HEREDOC.findall(instruction.rest):
        for _, line in lines:
            if (line.lstrip("\t") if tabs else line) == word:
                break
