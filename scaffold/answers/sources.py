"""Where answers come from: files, folders of them, and standard input.

May import: schema, documents, errors.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.answers.schema import API_VERSION
from scaffold.documents.reading import MAX_BYTES, Document, read
from scaffold.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

STDIN = "-"
STDIN_NAME = "stdin"


def read_sources(sources: Iterable[str | Path]) -> tuple[list[Document], list[Problem]]:
    """Read every document of files, of folders, and, for `-`, of standard input; each source is read once."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for key, path in _files(sources, problems).items():
        name = STDIN_NAME if key == STDIN else str(path)
        try:
            data = stdin_bytes() if key == STDIN else file_bytes(path)
        except OSError as error:
            remedy = "pipe documents into it, or name a file" if key == STDIN else "check the path"
            problems.append(Problem(Place(name, 1, 1), f"cannot be read: {error.strerror}", remedy))
            continue
        found, wrong = read(data, name)
        documents += found
        problems += wrong
        if not found and not wrong:
            why = "no document in the file"
            problems.append(Problem(Place(name, 1, 1), why, f"start with `apiVersion: {API_VERSION}`"))
    return documents, problems


def stdin_bytes(most: int = MAX_BYTES) -> bytes:
    """Read standard input, bounded as a file is; a person who typed nothing would wait for ever.

    Raises:
        OSError: it is a terminal, or closed.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise OSError(0, "it is closed")
    if sys.stdin.isatty():
        raise OSError(0, "it is a terminal")
    return sys.stdin.buffer.read(most + 1)


def file_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """Read at most a byte more than a file may have, from an ordinary file: a pipe would be waited for.

    Raises:
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise OSError(0, "not an ordinary file")
    with path.open("rb") as file:
        return file.read(most + 1)


def _files(sources: Iterable[str | Path], problems: list[Problem]) -> dict[str, Path]:
    """Return the files of all sources by where they really lie; problems of folders join the report."""
    files: dict[str, Path] = {}
    for source in sources:
        path = Path(source)
        if str(source) == STDIN:
            files.setdefault(STDIN, path)
            continue
        try:
            found = _folder(path) if path.is_dir() else [path]
        except OSError as error:
            problems.append(Problem(Place(str(path), 1, 1), f"cannot be read: {error.strerror}", "check the path"))
            continue
        if not found:
            remedy = "name a file or another folder"
            problems.append(Problem(Place(str(path), 1, 1), "no *.yaml file in the folder", remedy))
        for file in found:
            files.setdefault(os.path.realpath(file), file)
    return files


def _folder(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"} and not file.is_dir())
