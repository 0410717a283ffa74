"""The only writer of bundles: compares with the disk first, then writes all of it, or nothing.

A file that a person edited is never overwritten and never removed. Every file is replaced atomically, by one run at a
time; a journal of what is being written lets the next run finish what interrupted ones began, instead of taking their
files for edits.

May import: verify, bundle.lock, bundle.file, bundle.plain_values, errors, value.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from scaffold.bundle.file import RESERVED
from scaffold.bundle.folder import check_folder, file_in, inside, known, read, readable
from scaffold.bundle.lock import JOURNAL, LOCK, Journal, Lock, encode, journal_of, lock_of, sha256
from scaffold.bundle.plain_values import plain_values
from scaffold.errors import EditedError, FindingsError, OutputError
from scaffold.value import Value

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this kind; there, one run at a time is the user's care
    fcntl = None  # type: ignore[assignment]  # a module that is not there

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from scaffold.bundle.file import Bundle, File
    from scaffold.third_party import Pin
    from scaffold.verify import Verified

Kind = Literal["created", "updated", "removed", "unchanged", "kept", "edited"]
_STAGING = f"{RESERVED}/staging"


class Change(Value, frozen=True, order=True):
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
        FindingsError: a file of people's in it holds the value of a secret.
        OutputError: the folder cannot be used, or a path in it leads elsewhere.
    """
    with readable(out):
        _check_values(verified, out)
        return compared(verified.bundle, out)


def compared(bundle: Bundle, out: Path) -> tuple[Change, ...]:
    """Compare a bundle with what is on disk, whatever people keep beside it; nothing is written.

    Raises:
        OutputError: the folder cannot be used, or a path in it leads elsewhere.
    """
    with readable(out):
        lock, journal = known(out)
        _check_part(lock, bundle, out)
        return _compare(bundle, out, journal_of(lock, journal))


def pins(out: Path, use: str = "blueprints") -> tuple[Pin, ...]:
    """Return what the sources of third parties' blueprints, or of something else, were when an output was written.

    Raises:
        OutputError: the output cannot be used.
    """
    with readable(out):
        lock, _ = known(out)
        return tuple(pin for pin in lock.sources if pin.use == use) if lock is not None else ()


def write(
    verified: Verified, out: Path, tool: str, blueprints: Mapping[str, str], sources: Iterable[Pin] = ()
) -> tuple[Change, ...]:
    """Write a verified bundle: sorted, each file atomically, seeded files only where they are missing.

    Args:
        verified: what `verify` returned.
        out: the output folder; it is created where it is missing.
        tool: the program's version, for the lock.
        blueprints: the digest of each blueprint by its id, for the lock.
        sources: what those of third parties are, for the lock: `catalog.pins`.

    Returns:
        What was done to each file.

    Raises:
        EditedError: people edited generated files; nothing was written.
        FindingsError: a file of people's holds the value of a secret; nothing was written.
        OutputError: the folder cannot be written, or another run is writing to it.
    """
    with readable(out), _alone(out):
        _check_values(verified, out)
        lock, journal = known(out)
        _check_part(lock, verified.bundle, out)
        made = _compare(verified.bundle, out, journal_of(lock, journal))
        edited = tuple(change.path for change in made if change.kind == "edited")
        if edited:
            raise EditedError(edited)
        new = lock_of(verified.bundle, tool, dict(blueprints), sources)
        pending = [change for change in made if change.kind in {"created", "updated", "removed"}]
        if pending or journal is not None or lock != new:
            _check_access(out, pending)
            _commit(out, pending, new, journal_of(lock, journal, new))
        return made


def _check_part(lock: Lock | None, bundle: Bundle, out: Path) -> None:
    """Refuse another part than the one that lies there: what is not rendered any more would be removed."""
    if lock is not None and lock.part != bundle.part:
        was, now = (part or "everything" for part in (lock.part, bundle.part))
        raise OutputError(
            f"{out}: holds {was}, and this run renders {now}\n    name another folder, or render the same"
        )


def _compare(bundle: Bundle, out: Path, ours: Journal) -> tuple[Change, ...]:
    files = bundle.files
    made = [_change(out, file, ours) for file in files]
    stale = sorted(set(ours.files) - {file.path for file in files})
    made += [change for path in stale if (change := _stale(out, path, ours)) is not None]
    return tuple(sorted(made))


def _change(out: Path, file: File, ours: Journal) -> Change:
    data = read(file_in(out, file.path))
    if data is None:
        return Change(file.path, "created", "", file.text)
    if file.ownership == "seeded":
        return Change(file.path, "kept")
    if data == file.text.encode():
        return Change(file.path, "unchanged", file.text, file.text)
    kind: Kind = "updated" if sha256(data) in ours.files.get(file.path, ()) else "edited"
    return Change(file.path, kind, data.decode("utf-8", "replace"), file.text)


def _stale(out: Path, path: str, ours: Journal) -> Change | None:
    data = read(file_in(out, path))
    if data is None:
        return None
    kind: Kind = "removed" if sha256(data) in ours.files[path] else "edited"
    return Change(path, kind, data.decode("utf-8", "replace"), "")


def _commit(out: Path, pending: list[Change], lock: Lock, journal: Journal) -> None:
    staging = inside(out, _STAGING)
    if staging.exists():
        shutil.rmtree(staging)  # an interrupted run's; whatever it holds was never in place
    staging.mkdir(parents=True)
    written = [change for change in pending if change.kind != "removed"]
    for number, change in enumerate(written):
        (staging / str(number)).write_bytes(change.after.encode())
    (staging / "lock").write_bytes(encode(lock))
    (staging / "journal").write_bytes(encode(journal))
    (staging / "journal").replace(file_in(out, JOURNAL))
    for number, change in enumerate(written):
        target = file_in(out, change.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        (staging / str(number)).replace(target)
    for change in pending:
        if change.kind == "removed":
            target = file_in(out, change.path)
            target.unlink(missing_ok=True)
            _prune(target.parent, out)
    (staging / "lock").replace(file_in(out, LOCK))
    file_in(out, JOURNAL).unlink()
    staging.rmdir()


def _prune(folder: Path, out: Path) -> None:
    """Remove folders that became empty, up to the output."""
    while folder != out and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _check_values(verified: Verified, out: Path) -> None:
    found = plain_values(out, {file.path for file in verified.bundle.files if file.ownership != "seeded"})
    if found:
        raise FindingsError((*found, *verified.findings))


def _check_access(out: Path, pending: list[Change]) -> None:
    """Refuse before anything is written where a folder cannot be written to."""
    for folder in {inside(out, change.path).parent for change in pending}:
        nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise OutputError(f"{nearest}: cannot be written to\n    check the folder's permissions")


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the output folder for one run; the system lets go of it when the process ends, however it ends."""
    check_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    handle = os.open(out, os.O_RDONLY)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputError(f"{out}: another run is writing here\n    wait until it is done") from None
        yield
    finally:
        os.close(handle)
