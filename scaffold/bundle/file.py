"""The bundle: rendered files in memory, each with the unit that made it.

May import: errors, value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

# Letters that mean the same on every file system; no segment is `.` or `..`, none begins with `-`.
_PATH = re.compile(r"(?:(?!\.\.?(?:/|\Z))[a-zA-Z0-9._][a-zA-Z0-9._-]*/)*(?!\.\.?\Z)[a-zA-Z0-9._][a-zA-Z0-9._-]*\Z")
MAX_PATH = 1024
RESERVED = ".scaffold"
"""The folder in which the output's lock lies; no blueprint writes there."""


SKELETON = "skeleton"
"""Who made a file that is a service's own source; no blueprint's id, which has a section."""


class File(Value, frozen=True, order=True):
    """One file: path relative to the output, text, the unit that made it, and who owns it (generated or seeded).

    The unit is a blueprint, by id and scope, for a subject: an App's key, a namespace, a request's name or a folder.
    """

    path: str
    text: str
    blueprint: str
    subject: str
    ownership: str
    scope: str


class Bundle(Value, frozen=True):
    """Files sorted by path; no two share one, not even on a file system that ignores case.

    `part` are the options that chose a part of what was rendered; empty for all of it.
    """

    files: tuple[File, ...]
    part: str = ""

    def beside(self, files: Iterable[File]) -> Bundle:
        """Return the bundle with more files, whose paths are none of its."""
        return replace(self, files=tuple(sorted((*self.files, *files))))


def is_safe(path: str) -> bool:
    """Tell whether a path stays inside the output and can be written on every file system."""
    return len(path) <= MAX_PATH and _PATH.match(path) is not None and path.partition("/")[0].casefold() != RESERVED
