"""Options that several commands have, or that belong together, told once.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def given(context: click.Context, option: click.Parameter, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Refuse an empty path, which Path would take for the current folder."""
    if "" in (value if isinstance(value, tuple) else (value,)):
        raise click.BadParameter("an empty path; is a variable of your shell not set?", context, option)
    return value


def sources(*, required: bool = True) -> Callable[[Any], Any]:
    """Return the option that names answers."""
    return click.option(
        "-f",
        "--file",
        "sources",
        multiple=True,
        required=required,
        callback=given,
        metavar="PATH",
        help="A file of answers, or a folder of them (*.yaml); - is standard input. Repeatable.",
    )


known = click.option(
    "--known",
    multiple=True,
    callback=given,
    metavar="PATH",
    help="Apps that are rendered elsewhere: their index (scaffold index), or their answers. Repeatable.",
)
sets = click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="[APP:]PATH=VALUE",
    help="Change one value for this run. Repeatable.",
)


def part(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that choose a part of a bundle: `scopes`, `only` and `without`."""
    for names, metavar, text in (
        (("--without",), "BLUEPRINT", "Not what these render."),
        (("--only",), "BLUEPRINT", "Only what these blueprints or sections render."),
        (("--scope", "scopes"), "SCOPE", "Only what one owner keeps: app, namespace, …"),
    ):
        command = click.option(*names, multiple=True, metavar=metavar, help=f"{text} Repeatable.")(command)
    return command
