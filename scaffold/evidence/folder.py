"""Look at a folder: what its files say of the one service that is built from it.

May import: readers, registry, assemble, files, model, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.errors import Place
from scaffold.evidence import readers
from scaffold.evidence.assemble import assemble
from scaffold.evidence.files import text_of
from scaffold.evidence.model import Fact, Said
from scaffold.registry import modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scaffold.evidence.model import Gathered


def look(folder: Path) -> Gathered:
    """Return what a folder says of the service that is built from it.

    Nothing is run and nothing is written; no file outside the folder is read. What cannot be read is among what is
    left, and the rest is still read.
    """
    return assemble(_facts(folder), Place(str(folder), 0, 0))


def _facts(folder: Path) -> Iterator[Fact]:
    for reader in modules(readers.__name__).values():
        for name in reader.FILES:
            text, problems = text_of(folder / name, folder)
            yield from problems
            if text is not None:
                yield from reader.read(text)
                break
    yield Said(Place(str(folder), 0, 0), ("metadata", "name"), folder.resolve().name)
