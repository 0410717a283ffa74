"""The catalog of a command: our own blueprints, and those of third parties that were asked for.

May import: everything.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffold import __version__
from scaffold.cache import user_cache
from scaffold.catalog import builtin, scan
from scaffold.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scaffold.catalog import Catalog
    from scaffold.third_party import Pin


def catalog_of(sources: Sequence[str], pins: Sequence[Pin] = ()) -> Catalog:
    """Return our own blueprints with those of some sources.

    Args:
        sources: as they were named; none needs nothing but our own.
        pins: what they have to be, where that is known.

    Raises:
        BlueprintError: a blueprint is broken.
        SourceError: a source cannot be fetched, or is not what is pinned.
    """
    cache = user_cache(__version__)
    if not sources:
        return scan(cache=cache)
    from scaffold.sources import fetch  # noqa: PLC0415  it imports what only a source needs

    pinned = {pin.source: pin for pin in pins}
    with _folder(cache.folder("sources")) as into:
        fetched = [
            fetch(source, into, pinned[source].commit if source in pinned else "") for source in dict.fromkeys(sources)
        ]
        for one in fetched:
            if (one.folder / "hooks").is_dir():
                click.echo(f"note: {one.source}: its hooks are never run", err=True)
        catalog = scan(builtin(), cache=cache, third_party=fetched)
    for pin in catalog.pins:
        if pin.source in pinned and pinned[pin.source].digest != pin.digest:
            why = "its blueprints are not those with which this output was rendered"
            raise SourceError(f"{pin.source}: {why}\n    read what changed, then render with --update-blueprints")
    return catalog


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Yield the folder for what is fetched; without a cache it is gone once its blueprints were read."""
    if kept is not None:
        yield kept
    else:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)
