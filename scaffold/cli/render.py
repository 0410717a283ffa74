"""`scaffold render`: from answers to a verified bundle on disk.

May import: everything.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from scaffold import __version__
from scaffold.answers.load import load
from scaffold.bundle.disk import changes, pins, write
from scaffold.bundle.file import SKELETON
from scaffold.catalog import digests
from scaffold.choice import Choice, choice
from scaffold.cli import options, outcome, stream
from scaffold.cli.catalogs import catalog_for, catalog_of, skeleton_of
from scaffold.cli.next_steps import next_steps
from scaffold.errors import EditedError
from scaffold.platforms import parts, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaffold.answers.load import Answers
    from scaffold.catalog import Catalog
    from scaffold.platforms import Part
    from scaffold.skeleton import Rendered
    from scaffold.verify import Verified


@click.command(name="render")
@options.sources()
@options.known
@options.sets
@options.blueprints
@options.skeleton
@options.skeleton_sets
@click.option("--update-blueprints", "update", is_flag=True, help="Take these sources as they are now, and pin them.")
@click.option(
    "-o",
    "--output",
    "output",
    required=True,
    metavar="FOLDER",
    callback=options.given,
    shell_complete=options.folders,
    help="Where the bundle goes; - is standard output: what is applied, as one stream in its order.",
)
@options.part
@click.option("--dry-run", is_flag=True, help="Render and verify, say what would change, write nothing.")
@click.option("--diff", "show_diff", is_flag=True, help="Show the difference of each file that changes.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to tell what was done."
)
def command(
    sources: tuple[str, ...],
    output: str,
    form: str,
    *,
    dry_run: bool,
    show_diff: bool,
    **words: Any,
) -> None:
    """Render answers into a bundle, verify it, and write it.

    Nothing is written unless all of it passed, whichever part is wanted. Files that people edited are not overwritten:
    the run stops with exit code 3 and lists them. An App's own kustomization.yaml is written once, then left alone.

    --set takes a path as messages spell it, and YAML. With several Apps, NAMESPACE/NAME: or platform: says whose it is.

    \b
    Examples:
      scaffold render -f platform.yaml -f services/ -o out
      scaffold render -f platforms/ -f services/ -o out       several Platforms: each to out/<platform>/
      scaffold render -f services/ -o out --dry-run --diff
      scaffold render -f app.yaml -o out --set spec.workload.replicas=5 --set 'spec.from[0].port=http'
      scaffold render -f services/ -o out --set shop/orders:spec.team=a --set platform:spec.controlPlane=self-managed
      scaffold render -f app.yaml -f platform.yaml --known index.yaml -o out       one App in its own repository
      scaffold render -f services/ -o platform --scope namespace       what the platform team keeps
      scaffold render -f app.yaml -o out --blueprints gh:example/blueprints@v1       those of others, too; pinned
      generate-answers | scaffold render -f - -o - | kubectl apply --server-side -f -
    """
    if output == "-" and (dry_run or show_diff or words["skeleton"]):
        raise click.UsageError("-o - writes nothing: there is no --dry-run, --diff and --skeleton of it")
    with outcome.told(form):
        catalog = _catalog(words, output)
        chosen = choice(catalog.blueprints, words["scopes"], words["only"], words["without"])
        made = parts(catalog, _load(catalog, sources, words["sets"], words["known"]), chosen)
        if output == "-":
            _stream(made, chosen, form)
        else:
            seeded = _seeded(words, made, output)
            _write(catalog, made, Path(output), form, dry_run=dry_run, show_diff=show_diff, seeded=seeded)


def _catalog(words: dict[str, Any], output: str) -> Catalog:
    if output == "-":
        return catalog_of(words["third_party"])
    return catalog_for(Path(output), words["third_party"], update=words["update"])


def _seeded(words: dict[str, Any], made: Sequence[Part], output: str) -> list[Rendered]:
    """Return what a skeleton makes, if one is asked for."""
    if not words["skeleton"]:
        if words["values"]:
            raise click.UsageError("--skeleton-set says something of a --skeleton: name one")
        return []
    if words["scopes"] and "app" not in words["scopes"]:
        raise click.UsageError("--skeleton is an App's, and --scope leaves Apps out")
    pinned = () if words["update"] else pins(Path(output), SKELETON)
    return [skeleton_of(words["skeleton"], words["values"], made, pinned)]


def _load(catalog: Catalog, sources: Sequence[str], sets: Sequence[str], known: Sequence[str]) -> tuple[Answers, ...]:
    several = load(sources, catalog, sets, known=known)
    for note in dict.fromkeys(note for answers in several for note in answers.notes):
        click.echo(str(note), err=True)
    return several


def _stream(made: Sequence[Part], chosen: Choice, form: str) -> None:
    if len(made) > 1:
        names = ", ".join(part.folder.rstrip("/") for part in made)
        raise click.UsageError(
            f"-o - is one cluster's: the answers are for {names}; name a folder, or one Platform's file"
        )
    [part] = made
    documents = (
        stream.yaml(part.verified.bundle, chosen) if form == "text" else [stream.as_list(part.verified.bundle, chosen)]
    )
    for document in documents:
        click.echo(document)
    _tell(part.verified)


def _tell(verified: Verified) -> None:
    if part := verified.bundle.part:
        click.echo(
            f"note: the part {part} alone; it was verified with the rest, whose controls are not in it", err=True
        )
    for finding in verified.findings:
        click.echo(str(finding), err=True)


def _write(  # noqa: PLR0913  two are flags
    catalog: Catalog,
    several: Sequence[Part],
    out: Path,
    form: str,
    *,
    dry_run: bool,
    show_diff: bool,
    seeded: Sequence[Rendered],
) -> None:
    verified = together(several)
    verified = replace(verified, bundle=verified.bundle.beside(file for one in seeded for file in one.files))
    sources = (*catalog.pins, *(one.pin for one in seeded))
    try:
        made = changes(verified, out) if dry_run else write(verified, out, __version__, digests(catalog), sources)
    except EditedError:
        made = changes(verified, out)
    edited = tuple(change.path for change in made if change.kind == "edited")
    written = not dry_run and not edited
    if form == "json":
        click.echo(json.dumps(outcome.as_json(made, verified.findings, written=written, diff=show_diff), indent=2))
    else:
        titles = {SKELETON: "The service's source"} | {one.id: one.title for one in catalog.blueprints}
        purposes = {file.path: titles[file.blueprint] for file in verified.bundle.files}
        for line in outcome.patches(made) if show_diff else outcome.listed(made, purposes):
            click.echo(line)
    _tell(verified)
    click.echo(outcome.summary(made, out, written=written), err=True)
    if edited:
        raise EditedError(edited)
    if not dry_run and any(change.kind not in {"unchanged", "kept"} for change in made):
        for part in several:
            click.echo(next_steps(part, made, out), err=True)
