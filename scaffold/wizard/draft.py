"""A sitting that was put off, kept for the next one.

It lies in the user's state folder (`XDG_STATE_HOME`, else `~/.local/state`), not in the service's own: nothing is
written there before a person said so on the review; a folder without rights keeps its draft, too; and nobody
commits one by mistake. It holds what was accepted as an answer, so never a secret's value.

A draft that cannot be read, or is another version's, is moved aside and named: nothing is lost.

May import: state, errors.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from scaffold.wizard.state import Given, State

VERSION = 1
MAX_BYTES = 1 << 20


class _Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    folder: str
    given: list[tuple[str, str, str]]
    aside: list[tuple[str, str, str]]


class Kept(NamedTuple):
    """What was found of an earlier sitting: its state, or, with a reason, the file that could not be used."""

    state: State | None = None
    aside: Path | None = None
    why: str = ""


def place(folder: Path) -> Path:
    """Return where the draft of a folder lies.

    Raises:
        OSError: there is no home folder.
    """
    try:
        root = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError as error:
        raise OSError(0, "no home folder; XDG_STATE_HOME names another one") from error
    name = hashlib.sha256(os.path.realpath(folder).encode()).hexdigest()[:20]
    return root / "kubescaffold" / "drafts" / f"{name}.json"


def keep(folder: Path, state: State) -> Path:
    """Write the draft, atomically and for its owner alone; return where.

    Raises:
        OSError: it cannot be written.
    """
    path = place(folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    given, aside = ([(one.question, one.text, one.origin) for one in several] for several in (state.given, state.aside))
    data = msgspec.json.encode(_Draft(VERSION, os.path.realpath(folder), given, aside))
    staged = path.with_suffix(f".{os.getpid()}")
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    staged.replace(path)
    return path


def find(folder: Path) -> Kept:
    """Return the draft of a folder, if there is one; one that is of no use is moved aside, never removed."""
    try:
        path = place(folder)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError:
        return Kept()
    try:
        found = msgspec.json.decode(data, type=_Draft)
        if found.version != VERSION:
            return Kept(None, set_aside(path), f"it is of version {found.version}, and this is version {VERSION}")
    except msgspec.DecodeError:
        return Kept(None, set_aside(path), "it cannot be read: it is damaged, or another version's")
    given, aside = (tuple(Given(*one) for one in several) for several in (found.given, found.aside))
    return Kept(State(given, aside))


def set_aside(path: Path) -> Path:
    """Move a draft where no other one lies; return where."""
    number = next(number for number in range(1, 1 << 16) if not path.with_suffix(f".{number}.json").exists())
    moved = path.with_suffix(f".{number}.json")
    path.replace(moved)
    return moved


def forget(folder: Path) -> None:
    """Take the draft away: what it led to is written."""
    try:
        place(folder).unlink(missing_ok=True)
    except OSError:
        return
