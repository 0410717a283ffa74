"""The lock of an output: which files are generated, and what they were when they were written.

May import: bundle.file, errors.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from scaffold.bundle.file import RESERVED, is_safe
from scaffold.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from scaffold.bundle.file import Bundle

LOCK = f"{RESERVED}/lock.json"
JOURNAL = f"{RESERVED}/journal.json"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file as it was written: the SHA-256 of its bytes, who owns it, and which blueprint made it."""

    sha256: str
    ownership: Literal["generated", "seeded"]
    blueprint: str


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the last run wrote: the program's version, the digests of its blueprints, and each file."""

    tool: str
    blueprints: dict[str, str]
    files: dict[str, Entry]


def lock_of(bundle: Bundle, tool: str, blueprints: dict[str, str]) -> Lock:
    """Return the lock that describes a bundle."""
    entries: dict[str, Entry] = {
        file.path: Entry(
            sha256(file.text.encode()), "seeded" if file.ownership == "seeded" else "generated", file.blueprint
        )
        for file in bundle.files
    }
    used = {file.blueprint for file in bundle.files}
    return Lock(tool, {id_: digest for id_, digest in sorted(blueprints.items()) if id_ in used}, entries)


def encode(lock: Lock) -> bytes:
    """Return a lock's bytes: sorted, and the same for the same bundle on every machine."""
    return msgspec.json.format(msgspec.json.encode(lock, order="sorted"), indent=2) + b"\n"


def read_lock(path: Path) -> Lock | None:
    """Read a lock; None where there is none.

    Raises:
        OutputError: it is there and cannot be trusted: not a lock, or it names a path outside the output.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        lock = msgspec.json.decode(data, type=Lock)
    except msgspec.DecodeError as error:
        raise OutputError(_broken(path, error)) from error
    outside = [name for name in lock.files if not is_safe(name)]
    if outside:
        raise OutputError(_broken(path, f"it names {outside[0]!r}"))
    return lock


def _broken(path: Path, why: Any) -> str:
    remedy = "restore it from version control; without it, every file that differs counts as edited by hand"
    return f"{path}: not a lock that scaffold wrote: {why}\n    {remedy}"


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
