"""Read a folder that a third party wrote: within bounds, no links, nothing but ordinary files.

May import: errors.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from scaffold.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FILES = 2000
MAX_FILE = 1 << 20
MAX_BYTES = 16 << 20
MAX_DEPTH = 12
_LINK = "a symbolic link", "copy what it leads to: a source is read alone"


def read_folder(root: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the bytes of all files below a folder by their paths, sorted, and what cannot be read.

    `.git` is left out. A file that lies on another file system, or is changed meanwhile, is read as it is then.
    """
    parts, problems, taken = dict[str, bytes](), list[Problem](), 0
    for path, why in _walk(root, 0):
        name = path.relative_to(root).as_posix()
        if why:
            problems.append(_problem(path, *why))
        elif len(parts) == MAX_FILES or taken > MAX_BYTES:
            return {}, [_problem(root, f"more than {MAX_FILES} files, or {MAX_BYTES} bytes", "split it")]
        else:
            data, unread = _data(path)
            problems += [_problem(path, *unread)] if unread else []
            parts[name] = data
            taken += len(data)
    return dict(sorted(parts.items())), problems


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, tuple[str, str] | None]]:
    """Yield each file below a folder, or what is there instead and why it is not taken."""
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield folder, (f"cannot be read: {os.strerror(error.errno or 0)}", "check its permissions")
        return
    for entry in found:
        path = folder / entry.name
        if entry.name == ".git":
            continue
        if not _is_text(entry.name):
            yield path, ("a name that is no text", "rename it")
        elif entry.is_symlink():
            yield path, _LINK
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(path, depth + 1) if depth < MAX_DEPTH else [(path, ("too deep", "move it up"))]
        elif entry.is_file(follow_symlinks=False):
            yield path, None
        else:
            yield path, ("not an ordinary file", "remove it")


def _is_text(name: str) -> bool:
    return name.isprintable()  # a name that is not UTF-8 has surrogates, which are not


def _data(path: Path) -> tuple[bytes, tuple[str, str] | None]:
    """Return what is in a file, opened without following a link that took its place."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return b"", ("not an ordinary file", "remove it")
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        return b"", (f"cannot be read: {os.strerror(error.errno or 0)}", "check its permissions")
    return (data, None) if len(data) <= MAX_FILE else (b"", (f"more than {MAX_FILE} bytes", "split it"))


def _problem(path: Path, why: str, remedy: str) -> Problem:
    return Problem(Place(str(path), 0, 0), why, remedy)
