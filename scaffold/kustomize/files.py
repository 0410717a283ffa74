"""The files of a build: which a kustomization may name, read once and bounded.

As kustomize's loader: a file lies in or below its kustomization's folder, wherever links lead; a folder may lie
elsewhere, but must not hold one that is being built.

May import: kustomization, node, answers.sources, documents, errors.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from msgspec import Struct, field

from scaffold.answers.sources import file_bytes
from scaffold.documents.reading import Document, quoted, read
from scaffold.errors import Place, Problem
from scaffold.kustomize.kustomization import FILES, remedy
from scaffold.kustomize.node import Stop
from scaffold.value import Value

MOST_BYTES = 16 << 20
"""Of one file: definitions of resources are larger than any answer."""

_MOST_IN_ALL = 256 << 20
_MOST_FOLDERS = 20_000
_MOST_DEPTH = 64
_REMOTE = ("://", "git@", "git::", "github.com/", "gh:", "?ref=", "?version=")


class Folder(Value, frozen=True):
    """A folder with a kustomization: as it is shown, where it really lies, and those that led to it."""

    shown: str
    real: str
    above: tuple[str, ...] = ()


class Files(Struct):
    """What was read so far."""

    texts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    size: int = 0

    def documents(self, folder: Folder, path: str, place: Place) -> list[Document]:
        """Return the documents of a file; what is wrong with them joins the problems.

        Raises:
            Stop: the file may not be named, or cannot be read.
        """
        name, data = self.data(folder, path, place)
        # In JSON a tab is a space: inside a string it is an escape. YAML readers take none at a line's start.
        found, problems = read(data.replace(b"\t", b" ") if name.endswith(".json") else data, name, MOST_BYTES)
        self.problems += problems
        self.texts[name] = data.decode("utf-8", "replace")
        return found

    def data(self, folder: Folder, path: str, place: Place) -> tuple[str, bytes]:
        """Return how a file is shown, and its bytes.

        Raises:
            Stop: the file may not be named, or cannot be read.
        """
        name, real = _resolved(folder, path, place)
        if not _kind(real):
            raise Stop(place, f"there is no {quoted(path)}", "check the path")
        if not real.startswith(folder.real.rstrip("/") + "/"):
            why = f"{quoted(path)} does not lie in or below {quoted(folder.shown, 400)}"
            raise Stop(place, why, "name a file there, or a folder with a kustomization of its own")
        try:
            data = file_bytes(Path(real), MOST_BYTES)
        except OSError as error:
            raise Stop(place, f"{quoted(path)} cannot be read: {error.strerror}", "check the path") from error
        self.size += len(data)
        if len(data) > MOST_BYTES or self.size > _MOST_IN_ALL:
            raise Stop(place, f"{quoted(path)} makes it more than is read", "build a part of it")
        return name, data

    def opened(self, folder: Folder, path: str, place: Place) -> Folder:
        """Return a folder that a kustomization names.

        Raises:
            Stop: it may not be named, or is none.
        """
        name, real = _resolved(folder, path, place)
        if path.startswith("/"):
            raise Stop(place, f"{quoted(path)} is not relative to the kustomization", "write the way from there")
        if any(".." in part and part not in {".", ".."} for part in path.split("/")):
            raise Stop(place, f"{quoted(path)} is ambiguous: two entries in one, perhaps", "check the indentation")
        if _kind(real) != "folder":
            raise Stop(place, f"there is no {quoted(path)}", "check the path")
        for one in (folder.real, *folder.above):
            if f"{one}/".startswith(real.rstrip("/") + "/"):
                raise Stop(place, f"{quoted(path)} holds what is being built: a cycle", "name another folder")
        return self.entered(Folder(name, real, (folder.real, *folder.above)), place)

    def entered(self, folder: Folder, place: Place) -> Folder:
        """Count a folder that is built.

        Raises:
            Stop: they are too many, or too deep.
        """
        self.folders.append(folder.real)
        if len(self.folders) > _MOST_FOLDERS or len(folder.above) > _MOST_DEPTH:
            raise Stop(
                place, f"more than {_MOST_FOLDERS} folders, or {_MOST_DEPTH} below each other", "build a part of it"
            )
        return folder

    def kustomization(self, folder: Folder, place: Place) -> Document:
        """Return the document of a folder's kustomization.

        Raises:
            Stop: there is none, or more than one.
        """
        named = [name for name in FILES if _kind(str(Path(folder.real) / name)) == "file"]
        if not named:
            raise Stop(
                place, f"{quoted(folder.shown, 400)} holds no {FILES[0]}", "name a file, or a folder that has one"
            )
        if len(named) > 1:
            raise Stop(place, f"{quoted(folder.shown, 400)} holds {' and '.join(named)}", "keep one of them")
        found = self.documents(folder, named[0], place)
        at = Place(str(Path(folder.shown) / named[0]), 1, 1)
        if not found:
            raise Stop(at, "the kustomization says nothing", "list what it builds under `resources`")
        if len(found) > 1:
            raise Stop(found[1].place(), "a kustomization is one document", "keep one of them")
        return found[0]


def is_folder(folder: Folder, path: str, place: Place) -> bool:
    """Tell whether a path is a folder's.

    Raises:
        Stop: it leads to another machine, or is no path.
    """
    return _kind(_resolved(folder, path, place)[1]) == "folder"


def is_kustomization(folder: Path) -> bool:
    """Tell whether a folder is one that kustomize builds."""
    return any(_kind(str(folder / name)) == "file" for name in FILES)


def _kind(real: str) -> str:
    """Return what lies at a path: a file, a folder, something else, or nothing that can be looked at."""
    try:
        mode = Path(real).stat().st_mode
    except (OSError, ValueError):
        return ""
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


def _resolved(folder: Folder, path: str, place: Place) -> tuple[str, str]:
    """Return how a path is shown, and where it really leads."""
    if not path or "\0" in path:
        raise Stop(place, "a path is needed")
    real = os.path.realpath(Path(folder.real) / os.path.normpath(path))
    if not _kind(real) and any(word in path for word in _REMOTE):
        raise Stop(place, f"{quoted(path)} lies elsewhere and is not read", remedy(place.file), unread=True)
    shown = os.path.normpath(Path(folder.shown) / path)
    return (shown if os.path.realpath(shown) == real else real), real
