"""Foreign files, bounded: of a megabyte at most, in the folder itself, through no link that leaves it.

May import: answers.sources (the one way to read an ordinary file), documents (spelling), errors, value.
"""

from __future__ import annotations

import os
from pathlib import Path

from scaffold.answers.sources import file_bytes
from scaffold.documents.reading import MAX_BYTES
from scaffold.errors import Place, Problem, printable
from scaffold.value import Value

EXAMPLES = (".env.example", ".env.sample", ".env.dist", ".env.template", ".env.defaults", "env.example")
"""What examples of a `.env` file are called."""


def real(path: Path) -> Path:
    """Return where a path leads through all links; of a loop of links, as far as it goes."""
    return Path(os.path.realpath(path))


def is_private(name: str) -> bool:
    """Tell whether a file holds what a person's own machine uses: `.env`, and what is called like it but no example."""
    return (name == ".env" or name.startswith(".env.")) and name not in EXAMPLES


class Text(Value, frozen=True):
    """What a file holds, and the name that places show."""

    file: str
    text: str

    def place(self, line: int = 1, column: int = 1) -> Place:
        """Return a place in it."""
        return Place(self.file, line, column)

    def line(self, needle: str, after: int = 0) -> Place:
        """Return the first line, behind line `after`, that holds a text; the file itself where none does."""
        for number, line in enumerate(self.text.split("\n")[after:], after + 1):
            if needle in line:
                return self.place(number, line.index(needle) + 1)
        return self.place()


def text_of(path: Path, within: Path) -> tuple[Text | None, list[Problem]]:
    """Read a file of people's.

    Args:
        path: the file, as messages show it.
        within: the folder that it must really lie in, whatever links say.

    Returns:
        Its text; None where there is no such file, or, with a problem, where it cannot be read. A `.env` never is.
    """
    file = str(path)
    try:
        refused = _refused(path, within)
        if refused or not path.is_file():
            return None, [_unread(file, *refused)] if refused else []
        data = file_bytes(path)
    except OSError as error:
        return None, [_unread(file, f"cannot be read: {error.strerror or 'no such file'}", "check its permissions")]
    if len(data) > MAX_BYTES:
        return None, [_unread(file, f"not read: it has more than {MAX_BYTES} bytes", "declare what it says yourself")]
    try:
        return Text(file, data.decode("utf-8-sig").replace("\r\n", "\n")), []
    except UnicodeDecodeError:
        return None, [_unread(file, "not read: no UTF-8 text", "save the file as UTF-8")]


def _refused(path: Path, within: Path) -> tuple[str, ...]:
    """Return why a file is not read, wherever links lead, and what to do; nothing of one that may be."""
    there = real(path)
    if is_private(path.name) or is_private(there.name):
        return "not read: it may hold secrets", "declare its variables, of secrets the names"
    if path.is_file() and not there.is_relative_to(real(within)):
        why = "lies outside, or is a link out, which is not followed"
        return why, f"put the file itself below {printable(str(within))}"
    return ()


def _unread(file: str, message: str, remedy: str) -> Problem:
    return Problem(Place(file, 1, 1), message, remedy)
