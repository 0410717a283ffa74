"""Apps and Platforms that are declared near a folder: who may call what is built there, and what it may call.

May import: git, files, answers.sources (what a folder of answers is), documents, errors, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.documents.reading import Document, read
from scaffold.errors import Place, Problem
from scaffold.evidence.files import real, text_of
from scaffold.evidence.git import root_of, upwards
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIXES = (".yaml", ".yml")
_MOST_FILES = 400
_MOST_ENTRIES = 2000
_MOST_FOLDERS = 200
_VERSION = "scaffold/"
# Where answers are kept in a folder of a service.
_USUAL = ("deploy", "k8s", "scaffold")


class Nearby(Value, frozen=True):
    """Documents that were found, the nearest first, as they were written; `left` is what could not be read."""

    apps: tuple[Document, ...] = ()
    platforms: tuple[Document, ...] = ()
    left: tuple[Problem, ...] = ()


def nearby(folder: Path) -> Nearby:
    """Return the Apps and Platforms declared in a folder, in those above it in its repository, and in those beside it.

    Hidden folders are left out, and so is what else is too much: a few hundred files are read.
    """
    root = root_of(folder)
    apps: list[Document] = []
    platforms: list[Document] = []
    left: list[Problem] = []
    for number, path in enumerate(_files(folder, root)):
        if number >= _MOST_FILES:
            why = f"more than {_MOST_FILES} YAML files: not all of them were read"
            left.append(Problem(Place(str(folder), 0, 0), why, "name the files that are meant"))
            break
        text, problems = text_of(path, root)
        left += problems
        # Most files are other people's.
        found, problems = read(text.text.encode(), text.file) if text and _VERSION in text.text else ([], [])
        left += problems
        for document in found:
            version = document.value.get("apiVersion") if isinstance(document.value, dict) else None
            if isinstance(version, str) and version.startswith(_VERSION):
                (platforms if document.kind == "Platform" else apps).append(document)
    return Nearby(tuple(one for one in apps if one.kind == "App"), tuple(platforms), tuple(dict.fromkeys(left)))


def _files(folder: Path, root: Path) -> Iterator[Path]:
    """Yield the YAML files of each folder once, the nearest folder first."""
    seen: set[Path] = set()
    for one in _folders(folder):
        there = real(one)
        if there in seen or len(seen) >= _MOST_FOLDERS or not there.is_relative_to(real(root)):
            continue
        seen.add(there)
        yield from (path for path in _entries(one) if path.suffix in _SUFFIXES and path.is_file())


def _folders(folder: Path) -> Iterator[Path]:
    yield from _with_usual(folder)
    for at in upwards(folder)[1:]:
        yield from _with_usual(at)
        for beside in _entries(at):
            if beside.is_dir() and not beside.name.startswith("."):
                yield from _with_usual(beside)


def _with_usual(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (folder / name for name in _USUAL if (folder / name).is_dir())


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted; nothing of one that cannot be read, or is too large to be a person's."""
    try:
        found = [path for path, _ in zip(folder.iterdir(), range(_MOST_ENTRIES), strict=False)]
    except OSError:
        return []
    return sorted(found)
