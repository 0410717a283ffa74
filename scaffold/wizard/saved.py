"""Files of answers on disk: compared first, and each written atomically; never through a link.

May import: answers.sources (the one way to read a file), documents, errors, value.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from scaffold.answers.sources import file_bytes
from scaffold.documents.reading import read
from scaffold.errors import OutputError
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Answers(Value, frozen=True):
    """A file of answers: what is there (None: nothing), and what it is to be."""

    path: Path
    before: str | None
    after: str


def compared(path: Path, text: str) -> Answers:
    """Compare a file with what it is to be; one that says the same in other words stays as it is.

    Raises:
        OutputError: something else than an ordinary file is there, or it cannot be read.
    """
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise OutputError(f"{path}: not an ordinary file\n    move it away: nothing is written through links")
        data = file_bytes(path)
        before, (found, _), (wanted, _) = data.decode("utf-8", "replace"), read(data, ""), read(text.encode(), "")
        same = [one.value for one in found] == [one.value for one in wanted]
        return Answers(path, before, before if same else text)
    except FileNotFoundError:
        return Answers(path, None, text)
    except OSError as error:
        raise _refused(path, error) from error


def check_folder(folder: Path) -> None:
    """Look whether answers can be written to a folder, before anybody is asked for them.

    Raises:
        OutputError: they cannot.
    """
    if not folder.is_dir():
        raise OutputError(f"{folder}: no such folder\n    name the service's own")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written to, and app.yaml belongs there\n    check its permissions")


def save(files: Iterable[Answers]) -> None:
    """Write each file that is to be another than it is.

    Raises:
        OutputError: one cannot be written; it is as it was.
    """
    for file in files:
        if file.before == file.after:
            continue
        staged = file.path.with_name(f".{file.path.name}.{os.getpid()}")
        try:
            staged.write_text(file.after, "utf-8")
            staged.replace(file.path)
        except OSError as error:
            staged.unlink(missing_ok=True)
            raise _refused(file.path, error) from error


def set_aside(path: Path) -> Path:
    """Move a file that is to be written anew to where no other one lies; return where.

    Raises:
        OutputError: it cannot be moved.
    """
    names = (path.with_name(f"{path.name}.orig-{number}") for number in range(1, 1 << 16))
    name = next(name for name in names if not name.exists())
    try:
        path.rename(name)
    except OSError as error:
        raise _refused(path, error) from error
    return name


def _refused(path: Path, error: OSError) -> OutputError:
    remedy = "check the path, its permissions and its file system"
    return OutputError(f"{path}: {os.strerror(error.errno or 0)}\n    {remedy}")
