"""What third parties give to a command: blueprints beside our own, and the skeleton of a service.

May import: everything.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffold import __version__
from scaffold.bundle.disk import pins
from scaffold.cache import user_cache
from scaffold.catalog import builtin, scan
from scaffold.errors import QuestionError, SourceError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scaffold.catalog import Catalog
    from scaffold.platforms import Part
    from scaffold.skeleton import Rendered
    from scaffold.third_party import Fetched, Pin


def catalog_of(sources: Sequence[str], pinned: Sequence[Pin] = ()) -> Catalog:
    """Return our own blueprints with those of some sources.

    Args:
        sources: as they were named; none needs nothing but our own.
        pinned: what they have to be, where that is known.

    Raises:
        BlueprintError: a blueprint is broken.
        SourceError: a source cannot be fetched, or is not what is pinned.
    """
    cache = user_cache(__version__)
    if not sources:
        return scan(cache=cache)
    with _fetched(sources, pinned) as fetched:
        catalog = scan(builtin(), cache=cache, third_party=fetched)
    _check(catalog.pins, pinned)
    return catalog


def catalog_for(output: Path, sources: Sequence[str], *, update: bool = False) -> Catalog:
    """Return the blueprints for an output: our own, and those of others with which it was rendered before.

    Args:
        output: the output, which need not exist.
        sources: as they were named. Nothing is fetched because a file in the output says so.
        update: whether they may be others than those that its lock has pinned.

    Raises:
        QuestionError: it was rendered with blueprints that are not named: what they made would be gone.
    """
    pinned = () if update else pins(output)
    if missing := sorted({pin.source for pin in pinned} - set(sources)):
        named = " ".join(f"--blueprints {printable(source)}" for source in missing)
        why = "it was rendered with blueprints of others"
        raise QuestionError(f"{output}: {why}\n    name them, too: {named}")
    return catalog_of(sources, pinned)


def skeleton_of(source: str, words: Sequence[str], made: Sequence[Part], pinned: Sequence[Pin]) -> Rendered:
    """Return what a skeleton makes for the Apps that were rendered.

    Args:
        source: the skeleton, as it was named.
        words: values of its variables, as they were given.
        made: what was rendered, of one Platform.
        pinned: what the source has to be, where that is known.

    Raises:
        BlueprintError: it cannot be rendered, or a path of it leaves its folder.
        FindingsError: a file holds the value of a secret.
        QuestionError: a value for no App or of no form, or there are several Platforms.
        SourceError: it cannot be fetched, or is not what is pinned.
    """
    from scaffold.skeleton import settings, skeleton  # noqa: PLC0415  only where one is asked for

    if len(made) > 1:
        raise QuestionError("--skeleton: an App has one source\n    name one Platform's file")
    apps = [member.app for member in made[0].system.members]
    with _fetched([source], pinned) as [fetched]:
        rendered = skeleton(fetched, apps, settings(words, apps))
    _check([rendered.pin], pinned)
    for path in rendered.left:
        click.echo(f"note: {path}: no text, and left out: copy it from {fetched.origin}", err=True)
    return rendered


@contextmanager
def _fetched(sources: Sequence[str], pinned: Sequence[Pin]) -> Iterator[list[Fetched]]:
    """Yield sources on this machine; without a cache they are gone once they were read."""
    from scaffold.sources import fetch  # noqa: PLC0415  it imports what only a source needs

    commits = {pin.source: pin.commit for pin in pinned}
    kept = user_cache(__version__).folder("sources")
    with nullcontext(kept) if kept is not None else tempfile.TemporaryDirectory() as into:
        fetched = [fetch(source, Path(into), commits.get(source, "")) for source in dict.fromkeys(sources)]
        for one in fetched:
            if (one.folder / "hooks").is_dir():
                click.echo(f"note: {one.source}: its hooks are never run", err=True)
        yield fetched


def _check(found: Sequence[Pin], pinned: Sequence[Pin]) -> None:
    digests = {pin.source: pin.digest for pin in pinned}
    for pin in found:
        if digests.get(pin.source, pin.digest) != pin.digest:
            why = "it is not what this output was rendered with"
            raise SourceError(f"{pin.source}: {why}\n    read what changed, then render with --update-blueprints")
