"""The only writer of bundles: compares with the disk first, then writes all of it, or nothing.

A file that a person edited is never overwritten and never removed. Every file is replaced atomically; a journal of what
is being written lets the next run finish what an interrupted one began, instead of taking its files for edits.

May import: verify, bundle.lock, bundle.file, errors.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scaffold.bundle.file import RESERVED
from scaffold.bundle.lock import JOURNAL, LOCK, encode, lock_of, read_lock, sha256
from scaffold.errors import EditedError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.verify import Verified

Kind = Literal["created", "updated", "removed", "unchanged", "kept", "edited"]
_STAGING = f"{RESERVED}/staging"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One file: what writing the bundle does to it (`kept`: it is seeded and there), with its text before and after."""

    path: str
    kind: Kind
    before: str = ""
    after: str = ""


def changes(verified: Verified, out: Path) -> tuple[Change, ...]:
    """Compare a bundle with what is on disk; nothing is written.

    Args:
        verified: what `verify` returned.
        out: the output folder, which need not exist and is not trusted.

    Returns:
        One change for each file of the bundle, and for each generated file that is not rendered any more; sorted.

    Raises:
        OutputError: the folder cannot be used, or a path in it leads elsewhere.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: not a folder")
    with _readable(out):
        lock, journal = read_lock(_inside(out, LOCK)), read_lock(_inside(out, JOURNAL))
        ours: dict[str, set[str]] = {}
        for known in (lock, journal):
            for path, entry in known.files.items() if known else ():
                ours.setdefault(path, set()).add(entry.sha256)
        made = [_change(out, file.path, file.text, file.ownership == "seeded", ours) for file in verified.bundle.files]
        current = {file.path for file in verified.bundle.files}
        stale = sorted(
            path
            for path, entry in (lock.files if lock else {}).items()
            if path not in current and entry.ownership == "generated"
        )
        made += [change for path in stale if (change := _stale(out, path, ours)) is not None]
    return tuple(sorted(made))


def write(verified: Verified, out: Path, tool: str, blueprints: Mapping[str, str]) -> tuple[Change, ...]:
    """Write a verified bundle: sorted, each file atomically, seeded files only where they are missing.

    Args:
        verified: what `verify` returned.
        out: the output folder; it is created where it is missing.
        tool: the program's version, for the lock.
        blueprints: the digest of each blueprint by its id, for the lock.

    Returns:
        What was done to each file.

    Raises:
        EditedError: people edited generated files; nothing was written.
        OutputError: the folder cannot be written.
    """
    made = changes(verified, out)
    edited = tuple(change.path for change in made if change.kind == "edited")
    if edited:
        raise EditedError(edited)
    lock = encode(lock_of(verified.bundle, tool, dict(blueprints)))
    pending = [change for change in made if change.kind in {"created", "updated"}]
    removed = [change for change in made if change.kind == "removed"]
    with _readable(out):
        if not pending and not removed and _read(_inside(out, LOCK)) == lock:
            return made
        _commit(out, pending, removed, lock)
    return made


def _commit(out: Path, pending: list[Change], removed: list[Change], lock: bytes) -> None:
    staging = _inside(out, _STAGING)
    if staging.exists():
        shutil.rmtree(staging)  # an interrupted run's; whatever it holds was never in place
    staging.mkdir(parents=True)
    for number, change in enumerate(pending):
        (staging / str(number)).write_bytes(change.after.encode())
    (staging / "lock").write_bytes(lock)
    (staging / "journal").write_bytes(lock)
    (staging / "journal").replace(_inside(out, JOURNAL))
    for number, change in enumerate(pending):
        target = _inside(out, change.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        (staging / str(number)).replace(target)
    for change in removed:
        target = _inside(out, change.path)
        target.unlink(missing_ok=True)
        _prune(target.parent, out)
    (staging / "lock").replace(_inside(out, LOCK))
    _inside(out, JOURNAL).unlink()
    staging.rmdir()


def _prune(folder: Path, out: Path) -> None:
    """Remove folders that became empty, up to the output."""
    while folder != out and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _change(out: Path, path: str, text: str, seeded: bool, ours: Mapping[str, set[str]]) -> Change:  # noqa: FBT001  a property of the file
    data = _read(_inside(out, path))
    if data is None:
        return Change(path, "created", "", text)
    if seeded:
        return Change(path, "kept")
    if data == text.encode():
        return Change(path, "unchanged", text, text)
    kind: Kind = "updated" if sha256(data) in ours.get(path, ()) else "edited"
    return Change(path, kind, data.decode("utf-8", "replace"), text)


def _stale(out: Path, path: str, ours: Mapping[str, set[str]]) -> Change | None:
    data = _read(_inside(out, path))
    if data is None:
        return None
    kind: Kind = "removed" if sha256(data) in ours[path] else "edited"
    return Change(path, kind, data.decode("utf-8", "replace"), "")


def _inside(out: Path, path: str) -> Path:
    """Return a path below the output, and refuse one that a symbolic link leads elsewhere."""
    current = out
    for part in Path(path).parts:
        current /= part
        if current.is_symlink():
            raise OutputError(
                f"{current}: a symbolic link\n    replace it by what it points to: nothing is written through links"
            )
    return current


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextmanager
def _readable(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or out
        raise OutputError(
            f"{where}: {os.strerror(error.errno or 0)}\n    check the folder's permissions and its file system"
        ) from error
