"""`scaffold adopt`: answers from what runs today.

May import: everything.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scaffold.adopt import adopting, disk
from scaffold.adopt.told import counted, listed
from scaffold.cli import options
from scaffold.cli.catalogs import catalog_of
from scaffold.cli.outcome import for_editors, told

if TYPE_CHECKING:
    from scaffold.adopt.adopting import Adopted


def _namespace(context: click.Context, option: click.Parameter, value: str) -> str:
    """Refuse what is no namespace, before anything is read for it."""
    if value and not re.fullmatch(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", value):
        raise click.BadParameter("a namespace: lower-case letters, digits and '-', at most 63", context, option)
    return value


@click.command(name="adopt")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", callback=options.given)
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    required=True,
    callback=options.given,
    shell_complete=options.folders,
    help="Where the answers are written, a file for each App; none that is there is overwritten.",
)
@options.blueprints
@click.option(
    "--namespace", default="", metavar="NAME", callback=_namespace, help="Where objects lie that do not say it."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def command(  # noqa: PLR0913  one argument an option
    paths: tuple[str, ...],
    *,
    output: str,
    namespace: str,
    form: str,
    dry_run: bool,
    third_party: tuple[str, ...],
) -> int:
    """Read what runs today, and write the answers that say it: a file for each App, each value with its source.

    PATH is a file or a folder of manifests, a Kustomize tree, a compose file (a folder with one is read as that), or -
    for standard input. Nothing of it is changed. The values of Secrets are not read, only their names and keys. What an
    App cannot say, or may not, is listed with its place and what to do instead; exit code 1 if there is any of that.
    Where a Platform lies in FOLDER, Apps are adopted for it; else a skeleton of one is written of what they need.

    \b
    Examples:
      scaffold adopt k8s/ -o services --namespace shop
      scaffold adopt compose.yaml -o services --namespace shop
      kubectl get deploy,sts,cronjob,svc,cm,netpol,ing,hpa -n shop -o yaml | scaffold adopt - -o services
      scaffold adopt k8s/ -o services --dry-run --format json
    """
    with told(form):
        found = adopting.adopted(paths, Path(output), namespace, catalog_of(third_party))
        files = disk.files(found, Path(output))
        if not dry_run:
            disk.create(files, Path(output), paths)
    if form == "json":
        click.echo(json.dumps(_json(found, files, written=not dry_run), indent=2))
    else:
        for line in listed(found, files):
            click.echo(line)
        click.echo(counted(found, files, written=not dry_run), err=True)
        if files and not dry_run and (hint := for_editors(Path(output))):
            click.echo(hint, err=True)
    return 1 if found.left else 0


def _json(found: Adopted, files: dict[str, str], *, written: bool) -> dict[str, Any]:
    return {
        "written": written,
        "files": [{"path": path, "text": text} if not written else {"path": path} for path, text in files.items()],
        **{
            key: [{**one.place._asdict(), "message": one.message, "remedy": one.remedy} for one in several]
            for key, several in (("left", found.left), ("notes", found.notes))
        },
    }
