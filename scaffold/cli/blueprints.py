"""`scaffold blueprints`: what can be rendered, and which controls it meets.

May import: everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scaffold import __version__
from scaffold.cache import user_cache
from scaffold.catalog import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.blueprint import Blueprint


@click.command(name="blueprints")
@click.argument("ids", nargs=-1, metavar="[SECTION/NAME]...")
def command(ids: tuple[str, ...]) -> None:
    """List the blueprints with their controls and references.

    \b
    Examples:
      scaffold blueprints                    all of them
      scaffold blueprints network/policy     one of them
    """
    catalog = scan(cache=user_cache(__version__))
    known = {blueprint.id: blueprint for blueprint in catalog.blueprints}
    for id_ in ids:
        if id_ not in known:
            raise click.BadParameter(f"no blueprint {id_}; there are: {', '.join(known)}", param_hint="SECTION/NAME")
    for blueprint in [known[id_] for id_ in ids] or catalog.blueprints:
        for line in _lines(blueprint):
            click.echo(line)


def _lines(blueprint: Blueprint) -> Iterator[str]:
    yield f"{blueprint.id}  ({blueprint.scope}, {blueprint.ownership})"
    yield f"  {blueprint.title}."
    yield click.wrap_text(blueprint.why, 100, "  ", "  ")
    for control in blueprint.controls:
        yield click.wrap_text(f"{control.id}: {control.text}", 100, "  - ", "    ")
        yield click.wrap_text("; ".join(control.references), 100, "    ", "    ")
        if control.proof:
            yield f"    proof: {', '.join(control.proof)}"
    yield ""
