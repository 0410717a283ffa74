"""`scaffold krm`: a KRM function, by which Kustomize and others generate a base from answers.

May import: everything.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from scaffold.answers.load import from_documents
from scaffold.choice import choice
from scaffold.cli import options, stream
from scaffold.cli.catalogs import catalog_of
from scaffold.documents import resource_list
from scaffold.errors import AnswersError, Place, Problem, ProblemsError, QuestionError
from scaffold.platforms import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App


@click.command(name="krm")
@options.part
@options.blueprints
def command(third_party: tuple[str, ...], **part: tuple[str, ...]) -> None:
    """Put a bundle in the place of answers: a KRM function, called by Kustomize.

    Standard input is a ResourceList. Apps and Platforms among its items, or as the function's configuration, are taken
    out of it, and what is applied of their bundle is put in; all other items pass through. Nothing is written to disk.

    \b
    Examples, with `kustomize build --enable-alpha-plugins --enable-exec`:
      # kustomization.yaml
      resources: [app.yaml, platform.yaml]
      transformers: [scaffold.yaml]
      # scaffold.yaml
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: scaffold
        annotations:
          config.kubernetes.io/function: |
            exec: {path: scaffold, args: [krm, --scope, app]}
    """
    asked = resource_list.decode(sys.stdin.buffer.read(resource_list.MAX_BYTES + 1), "stdin")
    try:
        made = _objects(asked, part, third_party)
    except ProblemsError as error:
        click.echo(resource_list.encode(asked.others, [], error.problems))
        raise
    click.echo(resource_list.encode(asked.others, made))


def _unordered(app: App) -> Iterator[Problem]:
    """Yield what means something else in another order: Kustomize sorts the keys of what it hands over."""
    place, why = Place(f"App {app.key}", 0, 0), "callers of functions keep no order of keys"
    for name in ("init", "sidecars"):
        if len(getattr(app.spec, name)) > 1:
            yield Problem(
                place, f"spec.{name}: {why}, in which these start", "write this App's base with scaffold render"
            )
    health = app.spec.health
    for name, probe in (("ready", health.ready), ("live", health.live)) if len(app.spec.ports) > 1 else ():
        if probe is not None and probe.http and not probe.port:
            remedy = f"name it: {{http: {probe.http}, port: {next(iter(app.spec.ports))}}}"
            yield Problem(place, f"spec.health.{name}: {why}, so that no port is the first", remedy)


def _objects(
    asked: resource_list.ResourceList, words: dict[str, tuple[str, ...]], third_party: tuple[str, ...]
) -> list[tuple[str, object]]:
    if not any(one.kind == "App" for one in asked.answers):
        raise QuestionError(
            "no App among the items\n    list app.yaml under resources, and this function under transformers"
        )
    catalog = catalog_of(third_party)
    chosen = choice(catalog.blueprints, **words)
    several = from_documents(asked.answers, catalog)
    if unordered := [problem for answers in several for app in answers.apps for problem in _unordered(app)]:
        raise AnswersError(unordered)
    if len(several) > 1:
        raise QuestionError("more than one Platform among the items\n    list one: a base is one cluster's")
    for note in several[0].notes:
        click.echo(str(note), err=True)
    [rendered] = parts(catalog, several, chosen)
    for finding in rendered.verified.findings:
        click.echo(str(finding), err=True)
    return stream.objects(rendered.verified.bundle, chosen)
