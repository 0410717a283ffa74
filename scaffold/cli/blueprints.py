"""`scaffold blueprints`: what can be rendered, and which controls it meets.

May import: everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scaffold.cli import options
from scaffold.cli.catalogs import catalog_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.blueprint import Blueprint


@click.command(name="blueprints")
@click.argument("ids", nargs=-1, metavar="[SECTION/NAME]...")
@options.blueprints
def command(ids: tuple[str, ...], third_party: tuple[str, ...]) -> None:
    """List the blueprints with their controls and references.

    \b
    Examples:
      scaffold blueprints                    all of them
      scaffold blueprints network/policy     one of them
      scaffold blueprints --blueprints gh:example/blueprints@v1      those of others, too
    """
    catalog = catalog_of(third_party)
    known = {blueprint.id: blueprint for blueprint in catalog.blueprints}
    for id_ in ids:
        if id_ not in known:
            raise click.BadParameter(f"no blueprint {id_}; there are: {', '.join(known)}", param_hint="SECTION/NAME")
    for blueprint in [known[id_] for id_ in ids] or catalog.blueprints:
        for line in _lines(blueprint):
            click.echo(line)


def _lines(blueprint: Blueprint) -> Iterator[str]:
    source = f", from {blueprint.source}" if blueprint.source else ""
    yield f"{blueprint.id}  ({blueprint.scope}, {blueprint.ownership}{source})"
    yield f"  {blueprint.title}."
    yield click.wrap_text(blueprint.why, 100, "  ", "  ")
    for control in blueprint.controls:
        yield click.wrap_text(f"{control.id}: {control.text}", 100, "  - ", "    ")
        yield click.wrap_text("; ".join(control.references), 100, "    ", "    ")
        if control.proof:
            yield f"    proof: {', '.join(control.proof)}"
        if control.unproven:
            yield click.wrap_text(f"unproven: {control.unproven}", 100, "    ", "    ")
    yield ""
