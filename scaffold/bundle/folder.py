"""A bundle's folder as it lies on disk: read, bounded, and never through a link that leads out of it.

May import: bundle.lock, errors.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.bundle.lock import JOURNAL, LOCK, Journal, Lock, decode
from scaffold.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES = 256 << 20


def locked(out: Path) -> Lock | None:
    """Return the lock of an output; None where there is none.

    Raises:
        OutputError: the folder cannot be used, or its lock cannot be trusted.
    """
    with readable(out):
        return known(out)[0]


def text_of(out: Path, path: str) -> str | None:
    """Return what a file of an output says; None where it is missing. What is not UTF-8 shows as that.

    Raises:
        OutputError: it cannot be read, or leads elsewhere.
    """
    with readable(out):
        data = read(file_in(out, path))
    return None if data is None else data.decode("utf-8", "replace")


def known(out: Path) -> tuple[Lock | None, Journal | None]:
    """Return the lock and the journal of an output, if it has them."""
    check_folder(out)
    lock, journal = file_in(out, LOCK), file_in(out, JOURNAL)
    return decode(read(lock), Lock, lock), decode(read(journal), Journal, journal)


def inside(out: Path, path: str) -> Path:
    """Return a path below the output, and refuse one that does not lead there: through a link, or through a file."""
    wanted, current = out / path, out
    for part in Path(path).parts:
        current /= part
        mode = _mode(current)
        if mode is None:
            break  # and nothing is below it
        if stat.S_ISLNK(mode):
            why = "a symbolic link\n    replace it by what it points to: nothing is written through links"
            raise OutputError(f"{current}: {why}")
        if current != wanted and not stat.S_ISDIR(mode):
            raise OutputError(f"{current}: a file, where a folder has to be\n    move it away")
    return wanted


def _mode(path: Path) -> int | None:
    """Return what lies at a path, as its mode; None where there is nothing."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def file_in(out: Path, path: str) -> Path:
    """Return the path of a file below the output; what is there, if anything, is an ordinary file."""
    found = inside(out, path)
    mode = _mode(found)
    if mode is not None and not stat.S_ISREG(mode):
        raise OutputError(f"{found}: not an ordinary file\n    move it away")
    return found


def check_folder(out: Path) -> None:
    """Refuse what is no folder."""
    if not out.is_dir() and (out.exists() or out.is_symlink()):
        raise OutputError(f"{out}: not a folder\n    name a folder, or a path where one can be made")


def read(path: Path) -> bytes | None:
    """Return what is in a file; None where there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(data) > _MOST_BYTES:
        raise OutputError(f"{path}: more than {_MOST_BYTES} bytes, which no bundle has in a file\n    move it away")
    return data


@contextmanager
def readable(out: Path) -> Iterator[None]:
    """Let what cannot be read be an error that says where."""
    try:
        yield
    except OSError as error:
        where, why = error.filename or out, os.strerror(error.errno or 0)
        raise OutputError(f"{where}: {why}\n    check the path, its permissions and its file system") from error
