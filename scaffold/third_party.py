"""Blueprints of third parties: which of a source's files are blueprints, and by what their content is known again.

May import: blueprint_folder, contained.folder, errors, value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from scaffold.blueprint_folder import PARTS, Source, digest
from scaffold.contained.folder import read_folder
from scaffold.errors import Place, Problem, printable
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from scaffold.blueprint import Blueprint

_ID = re.compile(r"[a-z][a-z0-9-]{0,40}/[a-z][a-z0-9-]{0,60}\Z")
MAX_BLUEPRINTS = 200
_SHOWN = 12  # digits of a commit that are shown; the lock has all


class Fetched(NamedTuple):
    """A source on this machine: as it was named, its folder, and the commit that was checked out, if it is a clone."""

    source: str
    folder: Path
    commit: str = ""

    @property
    def origin(self) -> str:
        """The source as people are told of it."""
        return f"{self.source} at {self.commit[:_SHOWN]}" if self.commit else self.source


class Pin(Value, frozen=True, order=True):
    """What a source was: its commit, where it has one, a digest of what was taken from it, and for what."""

    source: str
    commit: str
    digest: str
    use: str = "blueprints"


def blueprints_in(fetched: Fetched) -> tuple[list[Source], list[Problem]]:
    """Return the blueprints of a source, `<section>/<name>/` at its top or below `blueprints/`, and what is wrong.

    What else lies in a source is left alone: a README, tests, hooks.
    """
    parts, problems = read_folder(fetched.folder)
    top = "" if any(path.count("/") == _DEEP and path.endswith(_NAMED) for path in parts) else "blueprints/"
    found: dict[str, dict[str, bytes]] = {}
    for path, data in parts.items():
        section, _, rest = path.removeprefix(top).partition("/")
        name, _, inside = rest.partition("/")
        if path.startswith(top) and f"{top}{section}/{name}{_NAMED}" in parts:
            found.setdefault(f"{section}/{name}", {})[inside] = data
    root = fetched.folder / top
    if not found and not problems:
        why = "holds no <section>/<name>/blueprint.yaml, nor below blueprints/"
        problems.append(_problem(fetched.folder, why, "name a folder that is laid out as `scaffold blueprints` lists"))
    if len(found) > MAX_BLUEPRINTS:
        return [], [_problem(fetched.folder, f"more than {MAX_BLUEPRINTS} blueprints", "split it")]
    for id_ in found:
        if not _ID.match(id_):
            why = f"{printable(id_)} is no id: lower-case words joined by '-', a section and a name"
            problems.append(_problem(root / id_, why, "rename the folder"))
    for id_, own in found.items():
        alien = sorted({path.partition("/")[0] for path in own} - PARTS)
        problems += [
            _problem(root / id_ / name, "not a part of a blueprint", f"its parts: {', '.join(sorted(PARTS))}")
            for name in alien
        ]
    if problems:
        return [], problems
    return [Source(root / id_, id_, own, fetched.origin) for id_, own in sorted(found.items())], []


_NAMED = "/blueprint.yaml"
_DEEP = 2  # slashes in <section>/<name>/blueprint.yaml


def pin(fetched: Fetched, blueprints: Iterable[Blueprint]) -> Pin:
    """Return what a source is known by: the digests of its blueprints, by their ids."""
    own = {one.id: one.digest.encode() for one in blueprints if one.source == fetched.origin}
    return Pin(fetched.source, fetched.commit, digest(own))


def _problem(path: Path, why: str, remedy: str) -> Problem:
    return Problem(Place(str(path), 0, 0), why, remedy)
