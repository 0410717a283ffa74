"""Documents of an older `apiVersion` are read as today's, and every change is reported.

A step says what a version wrote otherwise; parts keep the place where a person wrote them, so that problems found later
point there. A step never spells a value: what it says may end in logs.

May import: walker, documents, errors.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffold.answers.walker import dotted
from scaffold.documents.editing import Blocked, copy_of, holds, put, take
from scaffold.documents.reading import Document, Mark
from scaffold.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scaffold.documents.editing import Path


class Change(NamedTuple):
    """What stood at one path stands at others: the entry of a mapping, the values by their paths, how to write it."""

    at: Path
    to: tuple[tuple[Path, Any], ...]
    today: str


class Step(NamedTuple):
    """The way from one version to the next: what to change in a document, which is plain JSON of any shape."""

    to: str
    changes: Callable[[Mapping[str, Any]], Iterable[Change]]


STEPS: Mapping[str, Step] = MappingProxyType({})
"""By the version that a step leads from. There is one version so far."""


class Migrated(NamedTuple):
    """A document in today's words, what was changed, and what could not be."""

    document: Document
    notes: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


def migrate(document: Document, steps: Mapping[str, Step]) -> Migrated:
    """Lead a document of an older version to the newest that the steps know; any other is returned as it is."""
    written = _version(document)
    if written not in steps:
        return Migrated(document)
    document = copy_of(document)
    notes: list[Problem] = []
    problems: list[Problem] = []
    version = written
    while version in steps:  # each step leads to a later version: a test walks the table
        for change in list(steps[version].changes(document.value)):
            place = document.place(change.at)
            try:
                _change(document, change)
            except Blocked as blocked:
                where = dotted(blocked.reached) or "the document"
                problems.append(Problem(place, f"{dotted(change.at)}: {where} {blocked.why}", change.today))
            else:
                notes.append(Problem(place, f"{dotted(change.at)}: written for {version}", change.today))
        version = steps[version].to
        document.value["apiVersion"] = version
    place = document.place(("apiVersion",))
    notes.append(Problem(place, f"apiVersion: {written} was read as {version}", f"write `apiVersion: {version}`"))
    return Migrated(document, tuple(notes), tuple(problems))


def _version(document: Document) -> str:
    version = document.value.get("apiVersion") if isinstance(document.value, dict) else None
    return version if isinstance(version, str) else ""


def _change(document: Document, change: Change) -> None:
    for path, _ in change.to:
        if holds(document, path):
            raise Blocked(path, "is given, too")
    value, mark = take(document, change.at)
    for path, made in change.to:
        # What only moved keeps the places of all its parts; what was made of it lies where it lay.
        put(document, path, made, mark if made is value else Mark(mark.line, mark.column, file=mark.file))
