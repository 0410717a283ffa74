"""Options that several commands have, or that belong together, told once.

May import: the catalog and the choice, where a shell asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable


def given(
    context: click.Context, option: click.Parameter, value: str | tuple[str, ...] | None
) -> str | tuple[str, ...] | None:
    """Refuse an empty path, which Path would take for the current folder."""
    if "" in (value if isinstance(value, tuple) else (value,)):
        raise click.BadParameter("an empty path; is a variable of your shell not set?", context, option)
    return value


def files(context: click.Context, option: click.Parameter, word: str) -> list[CompletionItem]:  # noqa: ARG001  click's signature
    """Let the shell complete a path."""
    return [CompletionItem(word, type="file")]


def folders(context: click.Context, option: click.Parameter, word: str) -> list[CompletionItem]:  # noqa: ARG001  click's signature
    """Let the shell complete the path of a folder."""
    return [CompletionItem(word, type="dir")]


def _parts(context: click.Context, option: click.Parameter, word: str) -> list[str]:  # noqa: ARG001  click's signature
    """Complete scopes, or ids and sections of blueprints."""
    from scaffold import __version__  # noqa: PLC0415  all of these only where a shell asks
    from scaffold.cache import user_cache  # noqa: PLC0415
    from scaffold.catalog import scan  # noqa: PLC0415
    from scaffold.choice import words_of  # noqa: PLC0415

    known = words_of(option.opts[0], scan(cache=user_cache(__version__)).blueprints)
    return sorted(name for name in known if name.startswith(word))


def sources(*, required: bool = True) -> Callable[[Any], Any]:
    """Return the option that names answers."""
    return click.option(
        "-f",
        "--file",
        "sources",
        multiple=True,
        required=required,
        callback=given,
        shell_complete=files,
        metavar="PATH",
        help="A file of answers, or a folder of them (*.yaml); - is standard input. Repeatable.",
    )


known = click.option(
    "--known",
    multiple=True,
    callback=given,
    shell_complete=files,
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


blueprints = click.option(
    "--blueprints",
    "third_party",
    multiple=True,
    callback=given,
    shell_complete=folders,
    metavar="SOURCE[@REF]",
    help="Blueprints of others, too: a folder, a .zip, a URL of git, gh:OWNER/REPOSITORY. Repeatable.",
)

skeleton = click.option(
    "--skeleton",
    callback=given,
    shell_complete=folders,
    metavar="SOURCE[@REF]",
    help="A cookiecutter template of a service, rendered to apps/NAMESPACE/NAME/source once.",
)
skeleton_sets = click.option(
    "--skeleton-set", "values", multiple=True, metavar="[APP:]KEY=VALUE", help="A variable of it. Repeatable."
)


def part(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that choose a part of a bundle: `scopes`, `only` and `without`."""
    for names, metavar, text in (
        (("--without",), "BLUEPRINT", "Not what these render."),
        (("--only",), "BLUEPRINT", "Only what these blueprints or sections render."),
        (("--scope", "scopes"), "SCOPE", "Only what one owner keeps: app, namespace, …"),
    ):
        command = click.option(
            *names, multiple=True, metavar=metavar, help=f"{text} Repeatable.", shell_complete=_parts
        )(command)
    return command
