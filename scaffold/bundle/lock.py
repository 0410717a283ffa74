"""The lock of an output: which files are generated, and what they were when they were written.

May import: bundle.file, third_party, errors.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from scaffold.bundle.file import RESERVED, SKELETON, is_safe
from scaffold.errors import OutputError
from scaffold.third_party import Pin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from scaffold.bundle.file import Bundle

LOCK = f"{RESERVED}/lock.json"
JOURNAL = f"{RESERVED}/journal.json"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file as it was written: the SHA-256 of its bytes, who owns it, and which blueprint made it."""

    sha256: str
    ownership: Literal["generated", "seeded"]
    blueprint: str


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the last run wrote: the program's version, the digests of its blueprints, each file, and of which part.

    `sources` are those of third parties, as they were.
    """

    tool: str
    blueprints: dict[str, str]
    files: dict[str, Entry]
    part: str = ""
    sources: list[Pin] = []


class Journal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What runs that may have been interrupted were writing: for each generated path, every hash that is ours."""

    files: dict[str, list[str]]


def lock_of(bundle: Bundle, tool: str, blueprints: dict[str, str], sources: Iterable[Pin] = ()) -> Lock:
    """Return the lock that describes a bundle."""
    entries: dict[str, Entry] = {
        file.path: Entry(
            sha256(file.text.encode()), "seeded" if file.ownership == "seeded" else "generated", file.blueprint
        )
        for file in bundle.files
        if file.blueprint != SKELETON  # no part of the bundle, and its team's from the first day
    }
    used = {file.blueprint for file in bundle.files}
    known = {id_: digest for id_, digest in sorted(blueprints.items()) if id_ in used}
    return Lock(tool, known, entries, bundle.part, sorted(sources))


def journal_of(*known: Lock | Journal | None) -> Journal:
    """Return a journal of every hash that any of the given locks and journals knows for a generated file."""
    ours: dict[str, set[str]] = {}
    for one in known:
        for path, entry in one.files.items() if one is not None else ():
            if isinstance(entry, Entry):
                if entry.ownership == "generated":
                    ours.setdefault(path, set()).add(entry.sha256)
            else:
                ours.setdefault(path, set()).update(entry)
    return Journal({path: sorted(hashes) for path, hashes in sorted(ours.items())})


def encode(value: Lock | Journal) -> bytes:
    """Return the bytes of a lock or journal: sorted, and the same for the same bundle on every machine."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2) + b"\n"


_Kind = TypeVar("_Kind", Lock, Journal)


def decode(data: bytes | None, kind: type[_Kind], path: Path) -> _Kind | None:
    """Read a lock or a journal; None where there is none.

    Args:
        data: the file's bytes, None where it does not exist.
        kind: Lock or Journal.
        path: the file, for the message.

    Raises:
        OutputError: it cannot be trusted: not what scaffold wrote, or it names a path outside the output.
    """
    if data is None:
        return None
    try:
        value = msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise OutputError(_broken(path, error)) from error
    outside = [name for name in value.files if not is_safe(name)]
    if outside:
        raise OutputError(_broken(path, f"it names {outside[0]!r}"))
    return value


def _broken(path: Path, why: Any) -> str:
    remedy = "restore it from version control; without it, every file that differs counts as edited by hand"
    return f"{path}: not a lock that scaffold wrote: {why}\n    {remedy}"


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
