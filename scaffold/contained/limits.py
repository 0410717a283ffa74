"""What a contained process may take, and what it is told and tells.

May import: value.
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct

from scaffold.value import Value


class Limits(Value, frozen=True):
    """Bounds of one contained process.

    `cpu` are the seconds of processor time that one answer may take, `wall` the seconds that one is waited for, and
    `total` the seconds of a whole run; `memory` is all of its address space in bytes, `reply` the bytes of one answer,
    and `output` those of all of them.
    """

    cpu: float = 5.0
    wall: float = 30.0
    total: int = 600
    memory: int = 512 << 20
    reply: int = 8 << 20
    output: int = 128 << 20


class Request(Struct, omit_defaults=True):
    """One question, about the blueprint `of`.

    `check` takes its files as `parts` and its folder as `text`; `load` hands over the templates of one that was found
    sound before; `evaluate` takes an expression, `name` and `body` a template, as `text`, with the names in `scope`;
    `skeleton` an ordinary cookiecutter template as `parts`.
    """

    do: str
    of: str
    text: str = ""
    scope: Raw = Raw(b"null")
    parts: dict[str, bytes] = {}


class Reply(Struct, omit_defaults=True):
    """One answer: a value, or why there is none."""

    value: Raw = Raw(b"null")
    error: str = ""


class Checked(Struct):
    """What `check` answers: a description as JSON, null where something is wrong, and what that is.

    A problem is its file, line, column, message and remedy.
    """

    description: Any
    problems: list[tuple[str, int, int, str, str]]
