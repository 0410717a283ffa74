"""Findings as annotations of a GitHub workflow: a command a line, in which no text of anybody's can begin another one.

The escapes are those of the runner's own toolkit (actions/toolkit, `escapeData` and `escapeProperty`): `%`, CR and LF
in every text, `:` and `,` in properties besides.

May import: found, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.recheck.found import Found

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def as_annotations(found: Iterable[Found]) -> str:
    """Return a workflow command for each finding; its file is relative to the folder that it was found from."""
    return "\n".join(map(_command, found))


def _command(one: Found) -> str:
    finding, place = one.finding, one.place
    given = {"file": place.file, "line": place.line or "", "col": place.column or "", "title": finding.check}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in given.items() if value)
    lines = (finding.reason, finding.remedy) if finding.remedy else (finding.reason,)
    return f"::{_COMMANDS[finding.severity]} {properties}::{_data(chr(10).join(map(printable, lines)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
