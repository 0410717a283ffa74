"""`scaffold render`: from answers to a verified bundle on disk.

May import: everything.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffold import __version__
from scaffold.answers.load import load
from scaffold.bundle.disk import changes, write
from scaffold.cache import user_cache
from scaffold.catalog import digests, scan
from scaffold.cli import options
from scaffold.cli.next_steps import next_steps
from scaffold.errors import EditedError
from scaffold.platforms import parts, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scaffold.bundle.disk import Change
    from scaffold.catalog import Catalog
    from scaffold.platforms import Part


@click.command(name="render")
@options.sources()
@options.known
@options.sets
@click.option(
    "-o",
    "--output",
    "output",
    required=True,
    metavar="FOLDER",
    callback=options.given,
    help="Where the bundle goes.",
)
@click.option("--dry-run", is_flag=True, help="Render and verify, say what would change, write nothing.")
@click.option("--diff", "show_diff", is_flag=True, help="Show the difference of each file that changes.")
def command(  # noqa: PLR0913  one argument an option
    sources: tuple[str, ...],
    known: tuple[str, ...],
    output: str,
    sets: tuple[str, ...],
    *,
    dry_run: bool,
    show_diff: bool,
) -> None:
    """Render answers into a bundle, verify it, and write it.

    Nothing is written unless all of it passed. Files that people edited are never overwritten: the run stops with exit
    code 3 and lists them. kustomization.yaml in an App's own folder is written once and then left alone.

    --set takes a path as messages spell it, and YAML. With several Apps, NAMESPACE/NAME: or platform: says whose it is.

    \b
    Examples:
      scaffold render -f app.yaml -o out
      scaffold render -f platform.yaml -f services/ -o out
      scaffold render -f platforms/ -f services/ -o out       several Platforms: each to out/<platform>/
      scaffold render -f services/ -o out --dry-run --diff
      scaffold render -f app.yaml -o out --set spec.workload.replicas=5 --set 'spec.from[0].port=http'
      scaffold render -f services/ -o out --set shop/orders:spec.team=a --set platform:spec.controlPlane=self-managed
      scaffold render -f app.yaml -f platform.yaml --known index.yaml -o out       one App in its own repository
      generate-answers | scaffold render -f - -o out
    """
    catalog = scan(cache=user_cache(__version__))
    several = load(sources, catalog, sets, known=known)
    for note in dict.fromkeys(note for answers in several for note in answers.notes):
        click.echo(str(note), err=True)
    _write(catalog, parts(catalog, several), Path(output), dry_run=dry_run, show_diff=show_diff)


def _write(catalog: Catalog, several: Sequence[Part], out: Path, *, dry_run: bool, show_diff: bool) -> None:
    verified = together(several)
    try:
        made = changes(verified, out) if dry_run else write(verified, out, __version__, digests(catalog))
    except EditedError:
        made = changes(verified, out)
    edited = tuple(change.path for change in made if change.kind == "edited")
    titles = {blueprint.id: blueprint.title for blueprint in catalog.blueprints}
    purposes = {file.path: titles[file.blueprint] for file in verified.bundle.files}
    for line in _diff(made) if show_diff else _list(made, purposes):
        click.echo(line)
    for finding in verified.findings:
        click.echo(str(finding), err=True)
    click.echo(_summary(made, out, written=not dry_run and not edited), err=True)
    if edited:
        raise EditedError(edited)
    if not dry_run and any(change.kind not in {"unchanged", "kept"} for change in made):
        for part in several:
            click.echo(next_steps(part, made, out), err=True)


def _list(made: Iterable[Change], purposes: dict[str, str]) -> Iterator[str]:
    shown = [change for change in made if change.kind not in {"unchanged", "kept"}]
    width = max((len(change.path) for change in shown), default=0)
    for change in shown:
        yield f"{change.kind:<8} {change.path:<{width}}  {purposes.get(change.path, 'no longer rendered')}"


def _diff(made: Iterable[Change]) -> Iterator[str]:
    for change in made:
        if change.kind in {"unchanged", "kept"}:
            continue
        before, after = change.before.splitlines(), change.after.splitlines()
        old = "/dev/null" if change.kind == "created" else f"a/{change.path}"
        new = "/dev/null" if change.kind == "removed" else f"b/{change.path}"
        yield from difflib.unified_diff(before, after, old, new, lineterm="")


def _summary(made: Iterable[Change], out: Path, *, written: bool) -> str:
    counts: dict[str, int] = {}
    for change in made:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"{out}: {said}" + ("" if written else " (nothing was written)")
