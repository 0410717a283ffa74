"""Look at a folder: what its files say of the one service that is built from it.

May import: compose, readers, registry, assemble, git, files, model, errors.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Place, Problem
from scaffold.evidence import readers
from scaffold.evidence.assemble import MOST_FACTS, assemble
from scaffold.evidence.compose import default_files, everything
from scaffold.evidence.files import real, text_of
from scaffold.evidence.git import origin, root_of, upwards
from scaffold.evidence.model import Proposal, Said, Version
from scaffold.evidence.naming import label
from scaffold.registry import modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from scaffold.evidence.composed.service import Service
    from scaffold.evidence.git import Origin
    from scaffold.evidence.model import Fact, Gathered

_NAME = ("metadata", "name")
# What a service is called where one file has only one of its kind: no name for an App.
_GENERIC = frozenset("api app application backend dev frontend main server service web webapp worker".split())  # noqa: SIM905  a list of words
_NO_VERSION = "0.0.0"  # of what is not published
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def look(folder: Path) -> Gathered:
    """Return what a folder says of the service that is built from it.

    Nothing is run and nothing is written; outside the folder, only the repository's compose files and settings are
    read. What cannot be read is among what is left, and the rest is still read.
    """
    built, everybody = _built(folder)
    own = list(islice(_own(folder, has_image=built is not None), MOST_FACTS + 1))
    root = root_of(folder)
    came, problems = origin(root)
    names = list(_names(folder, root, came))
    # A name that only tells it from its neighbours is the last one to be taken.
    named = [fact for fact in everybody if not _is_generic(fact)]
    generic = [fact for fact in everybody if _is_generic(fact)]
    images = _images(came, folder, root, own) if came else ()
    return assemble((*named, *names[:-1], *own, *names[-1:], *generic, *images, *problems), Place(str(folder), 0, 0))


def _is_generic(fact: Fact) -> bool:
    return isinstance(fact, Said) and fact.path == _NAME and str(fact.value).lower() in _GENERIC


def _built(folder: Path) -> tuple[str | None, list[Fact]]:
    """Return the service of a project that is built from the folder, and what is found of it."""
    left: list[Fact] = []
    for above in upwards(folder):
        files = default_files(above)
        found, problems = everything(files) if files else ({}, [])
        mine = [one for one, _ in found.values() if one.context and real(one.context) == real(folder)]
        if mine:
            first, facts = found[mine[0].name]
            also = (
                Problem(other.place, f"{quoted(other.name)} is built from here, too", "declare it as an App of its own")
                for other in mine[1:]
            )
            return first.name, [*facts, *problems, *also]
        left += problems
        left += _beside(one for one, _ in found.values()) if above == folder else ()
    return None, left


def _beside(services: Iterable[Service]) -> Iterator[Proposal]:
    """Yield whom a service likely reaches whose own file starts others only, so that it can be run beside them."""
    for one in services:
        for port in () if one.context else one.ports[:1]:
            value = {"app": label(one.name), "port": port.number}
            yield Proposal(("spec", "to"), value, one.place, f"{label(one.name)} is started beside this one")


def _own(folder: Path, *, has_image: bool) -> Iterator[Fact]:
    """Yield what the folder's own files say; of the image, what its service says already."""
    for name, reader in modules(readers.__name__).items():
        for file in () if has_image and name.endswith("/dockerfile") else reader.FILES:
            text, problems = text_of(folder / file, folder)
            yield from problems
            if text is not None:
                yield from reader.read(text)
                break


def _names(folder: Path, root: Path, came: Origin | None) -> Iterator[Said]:
    """Yield names for the App: its repository's, where the folder is all of it, and the folder's."""
    if came is not None and real(folder) == real(root):
        yield Said(came.place, _NAME, came.name)
    yield Said(Place(str(folder), 0, 0), _NAME, real(folder).name)


def _images(came: Origin, folder: Path, root: Path, own: Iterable[Fact]) -> Iterator[Proposal]:
    if not came.image:
        return
    version = next(
        (one.text for one in own if isinstance(one, Version) and _TAG.fullmatch(one.text) and one.text != "0.0.0"), ""
    )
    below = real(folder).relative_to(real(root)).as_posix().lower()
    image = came.image if below == "." else f"{came.image}/{below}"
    why = "where the repository's host keeps its images"
    yield Proposal(("spec", "image"), f"{image}:{version}" if version else image, came.place, why)
