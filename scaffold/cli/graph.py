"""`scaffold graph`: who reaches whom, by answers or by anybody's manifests, and which rule decides.

May import: everything.
"""

from __future__ import annotations

import gc

import click

from scaffold.answers.load import load
from scaffold.answers.sources import STDIN
from scaffold.cli import options
from scaffold.cli.catalogs import catalog_of
from scaffold.errors import QuestionError
from scaffold.graph import reports
from scaffold.system.resolve import resolve


@click.command(name="graph")
@click.argument("paths", nargs=-1, metavar="[PATH]...", callback=options.given)
@options.sources(required=False)
@options.known
@options.sets
@options.blueprints
@click.option("--platform", "platform", metavar="NAME", help="Of several Platforms, the one to look at.")
@click.option("--from", "source", metavar="WHO", help="Ask: may this one open connections …")
@click.option("--to", "target", metavar="WHOM[:PORT]", help="… to that one?")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot", "json"]),
    default="text",
    show_default=True,
    help="What is printed; an answer and a comparison are text or json.",
)
def command(  # noqa: PLR0913  one for each option
    paths: tuple[str, ...],
    sources: tuple[str, ...],
    *,
    platform: str | None,
    source: str | None,
    target: str | None,
    form: str,
    **declared: tuple[str, ...],
) -> int:
    """Show which flows are open: between workloads, with networks, and with strangers.

    PATH is anybody's manifests: a bundle, files, folders (a kustomization is built), - for standard input.
    NetworkPolicies are evaluated, and for sidecars Istio's policies; other policies are named, and not evaluated.
    Without PATH it is what answers declare. With both, + is open and not declared, - declared and shut: exit code 1.

    --from and --to ask one question, answered with the rule that decides at each end: exit code 0 open, 1 shut. WHO is
    a name, NAMESPACE/NAME, a network, `internet`, or `stranger`, any pod that nobody named (NAMESPACE/stranger); PORT
    is a number or a name, with /udp behind it for UDP; none is any.

    \b
    Examples:
      scaffold graph -f examples/boutique
      scaffold graph out --format mermaid > flows.mmd
      kubectl get deploy,svc,netpol,ns -A -o json | scaffold graph -
      scaffold graph out --from checkoutservice --to emailservice:8080
      scaffold graph out --from internet --to shop/orders
      scaffold graph out -f services/              what a bundle opens beyond what was declared, and what it lacks
    """
    _check(paths, sources, (source, target), form)
    gc.disable()  # millions of values that stay until the end: to look through them again and again takes half the time
    asked = (source, target) if source is not None and target is not None else None
    report = reports.report(paths, _system(sources, declared, platform) if sources else None, asked, form)
    for note in report.notes:
        click.echo(note, err=True)
    click.echo(report.text)
    return report.exit_code


def _check(paths: tuple[str, ...], sources: tuple[str, ...], ends: tuple[str | None, str | None], form: str) -> None:
    """Refuse what does not go together."""
    if not paths and not sources:
        raise click.UsageError("nothing to look at: name manifests (PATH), answers (-f), or both")
    if STDIN in paths and STDIN in sources:
        raise click.UsageError("standard input is manifests or answers: name a file for the other")
    if (ends[0] is None) != (ends[1] is None):
        raise click.UsageError("--from and --to are asked together")
    if form in {"mermaid", "dot"} and (ends[0] is not None or (paths and sources)):
        raise click.UsageError(f"{form} draws one graph; an answer or a comparison is text or json")


def _system(sources: tuple[str, ...], declared: dict[str, tuple[str, ...]], platform: str | None) -> reports.System:
    """Return what was declared, for the one Platform that is looked at."""
    catalog = catalog_of(declared["third_party"])
    found = load(sources, catalog, declared["sets"], known=declared["known"])
    several = {answers.platform.metadata.name: answers for answers in found}
    if platform is None and len(several) > 1:
        raise QuestionError(f"there are several Platforms: choose one with --platform: {', '.join(several)}")
    if platform is not None and platform not in several:
        raise QuestionError(f"there is no Platform {platform!a}: there is {', '.join(several)}")
    chosen = several[platform] if platform is not None else next(iter(several.values()))
    for note in chosen.notes:
        click.echo(str(note), err=True)
    return resolve(catalog, chosen)
