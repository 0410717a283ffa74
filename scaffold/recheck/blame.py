"""Whose line it is: in an object that was put together from several files, the part that somebody else wrote.

May import: documents, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.documents.reading import MAX_BYTES, read
from scaffold.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scaffold.documents.reading import Document, Mark

    Steps = tuple[str | int, ...]

_WORD = re.compile(r"[A-Za-z0-9_-]+")


def blamed(document: Document, pointer: str, reason: str) -> Place:
    """Return the place that a finding in an object is about.

    What was written in another file than the object's own comes first, below what the pointer names; of several parts,
    one that the reason names. Then comes the pointer's own place.

    Args:
        document: the object, with the place of each part of it.
        pointer: a JSON pointer (its parts as they are, without escapes); empty for the whole object.
        reason: what the finding says.
    """
    steps = _steps_of(document, pointer)
    words = set(_WORD.findall(reason))
    parts = list(_foreign(document.mark, document.file, document.file, ()))
    below = [part for part in parts if part[0][: len(steps)] == steps or steps[: len(part[0])] == part[0]]
    chosen = (
        [part for part in below or parts if part[0] and str(part[0][-1]) in words]
        or below
        or [part for part in parts if words & set(map(str, part[0]))]
    )
    return chosen[0][1] if chosen else document.place(steps)


def changed(document: Document) -> Place | None:
    """Return the first part of an object that was written in another file than its own."""
    return next((place for _, place in _foreign(document.mark, document.file, document.file, ())), None)


def in_file(root: Path, place: str) -> Place:
    """Return where a part of a file of people's is: of several documents in it, the one that has that part."""
    path, _, pointer = place.partition("#")
    with (root / path).open("rb") as file:
        data = file.read(MAX_BYTES)
    documents, _ = read(data, str(root / path))
    deepest = max(documents, key=lambda document: len(_steps_of(document, pointer)), default=None)
    return blamed(deepest, pointer, "") if deepest is not None else Place(str(root / path), 0, 0)


def _steps_of(document: Document, pointer: str) -> Steps:
    """Return the path that a pointer spells, as far as it is there."""
    mark, made = document.mark, list[str | int]()
    for part in pointer.split("/")[1:]:
        step = next((step for step in (part, int(part) if part.isdecimal() else part) if step in mark.children), None)
        if step is None:
            break
        mark = mark.children[step]
        made.append(step)
    return tuple(made)


def _foreign(mark: Mark, own: str, file: str, path: Steps) -> Iterator[tuple[Steps, Place]]:
    """Yield the outermost parts that were written in another file, each with its path and place; then those inside."""
    file = mark.file or file
    if file != own:
        yield path, Place(file, mark.line, mark.column)
    for step, child in mark.children.items():
        yield from _foreign(child, own, file, (*path, step))
