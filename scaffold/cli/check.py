"""`scaffold check`: verify again what lies on disk.

May import: everything.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffold import __version__
from scaffold.answers.load import load
from scaffold.cli import options, outcome
from scaffold.cli.catalogs import catalog_for
from scaffold.recheck import told
from scaffold.recheck.recheck import changed, opened, recheck

if TYPE_CHECKING:
    from scaffold.recheck.recheck import Recheck


@click.command(name="check")
@click.argument("folder", metavar="DIR", callback=options.given, shell_complete=options.folders)
@options.sources(required=False)
@options.known
@options.sets
@options.blueprints
@click.option(
    "--base",
    metavar="DIR",
    callback=options.given,
    shell_complete=options.folders,
    help="Another such folder, as of the main branch: tell what changes from it, too.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(told.FORMATS)),
    default="text",
    show_default=True,
    help="How findings are told: for people, programs, code scanning, or a workflow's log.",
)
def command(  # noqa: PLR0913  one argument an option
    folder: str,
    sources: tuple[str, ...],
    *,
    known: tuple[str, ...],
    sets: tuple[str, ...],
    third_party: tuple[str, ...],
    base: str | None,
    form: str,
) -> int:
    """Verify a written bundle again, as it lies on disk.

    DIR is what `scaffold render -o DIR` wrote. Files that were edited, lost or left behind are found, and whatever
    rendering would change; what people added and patched is built as Kustomize would build it, and judged as if it had
    been rendered. A patch by itself is no finding: what it opens is, at the patch's own line.

    Without -f only what needs no answers is looked at, and the rest is named. Exit code 1: there is an error.

    \b
    Examples:
      scaffold check out -f services/ -f platform.yaml
      scaffold check out -f services/ --format sarif > scaffold.sarif     for code scanning
      scaffold check out -f services/ --format github                     annotations in a workflow of GitHub's
      scaffold check out                                                  edits, Pod Security, secrets in plain
      scaffold check out -f services/ --base main/out --format markdown   a summary for a pull request: what it opens
    """
    if base is not None and form not in told.WITH_CHANGES:
        raise click.UsageError(f"{form} knows no changes: --base goes with {', '.join(told.WITH_CHANGES)}")
    if not sources and (known or sets):
        raise click.UsageError("--known and --set say something of answers: name these with -f")
    with outcome.told(form):
        output = opened(Path(_from_here(folder)), catalog_for(Path(folder), third_party))
        several = load(map(_from_here, sources), output.catalog, sets, known=known) if sources else ()
        for problem in dict.fromkeys(note for answers in several for note in answers.notes):
            click.echo(str(problem), err=True)
        result = recheck(output, __version__, several, datetime.now(UTC).date())
        if base is not None:
            result = changed(result, opened(Path(base), output.catalog), output)
    return _tell(folder, result, form)


def _tell(folder: str, result: Recheck, form: str) -> int:
    if text := told.FORMATS[form](result):
        click.echo(text)
    for note in result.notes:
        click.echo(note, err=True)
    click.echo(f"{folder}: {told.summary(result)}", err=True)
    return 0 if result.passed else 1


def _from_here(path: str) -> str:
    """Return a path below the working folder relative to it: code scanning and annotations know no other."""
    here = Path.cwd()
    return os.path.relpath(path, here) if Path(path).is_absolute() and Path(path).is_relative_to(here) else path
