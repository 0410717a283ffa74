"""One pass in which the selected blueprints add edges, files and annotations to the system.

May import: blueprint, contributions, expressions, select, model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from scaffold.contributions import (
    KINDS,
    AnnotationEntry,
    EdgeEntry,
    EndpointEntry,
    EnvEntry,
    EnvFromEntry,
    FileEntry,
    VolumeEntry,
)
from scaffold.expressions import ExpressionError, fill
from scaffold.system.link import endpoint, network
from scaffold.system.model import Additions, Edge, Endpoint
from scaffold.system.select import broken, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.load import Answers
    from scaffold.answers.platform import Platform
    from scaffold.blueprint import Blueprint
    from scaffold.system.model import Selection


def contribute(
    selections: tuple[Selection, ...],
    scopes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    answers: Answers,
) -> tuple[tuple[Edge, ...], dict[str, Additions]]:
    """Evaluate every contribution.

    Args:
        selections: the runs of blueprints.
        scopes: the names in scope, by scope and subject.
        answers: what was declared.

    Returns:
        The contributed edges, sorted, and the additions to each App's pods by its key.

    Raises:
        BlueprintError: an expression failed, a value does not fit, or two blueprints collide.
    """
    ends = _Ends({app.key: endpoint(app) for app in answers.apps}, answers.platform)
    edges: dict[Edge, None] = {}
    gathered: dict[str, list[tuple[Any, Blueprint]]] = {key: [] for key in ends.pods}
    for selection in selections:
        unit = {"key": selection.key, "item": msgspec.json.decode(selection.item)}
        # A contribution's own `each` renames key and item; `unit` keeps those of the blueprint's.
        scope = {**scopes[selection.blueprint.scope][selection.subject], **unit, "unit": unit}
        for entry in _entries(selection.blueprint, scope):
            if isinstance(entry, EdgeEntry):
                edges[ends.edge(entry, selection.blueprint)] = None
            elif selection.blueprint.scope != "app":
                raise broken(selection.blueprint, "only a blueprint of scope app adds to pods")
            else:
                gathered[selection.subject].append((entry, selection.blueprint))
    return tuple(sorted(edges)), {key: _additions(key, entries) for key, entries in gathered.items()}


def _entries(blueprint: Blueprint, scope: Mapping[str, Any]) -> Iterator[Any]:
    for contribution in blueprint.contributions:
        for key, item in runs(blueprint, contribution.when, contribution.each, scope):
            inner = scope if contribution.each is None else {**scope, "key": key, "item": item}
            try:
                filled = fill(dict(contribution.fields), inner)
                made = msgspec.convert(filled, KINDS[contribution.kind])
            except (ExpressionError, msgspec.ValidationError) as error:
                raise broken(blueprint, f"contributes.{contribution.kind}: {error}") from error
            if isinstance(made, FileEntry) and bool(made.configMap) == bool(made.secret):
                raise broken(blueprint, "contributes.files: a file comes from a ConfigMap or from a Secret")
            yield made


@dataclass(frozen=True, slots=True)
class _Ends:
    """What ends of edges refer to: the pods of each loaded App by its key, and the cluster."""

    pods: Mapping[str, Endpoint]
    platform: Platform

    def edge(self, entry: EdgeEntry, blueprint: Blueprint) -> Edge:
        source, target = (self.end(end, blueprint) for end in (entry.source, entry.target))
        return Edge(
            source,
            target,
            entry.port,
            entry.protocol,
            entry.reason,
            "opened" if source.app else "foreign",
            "opened" if target.app else "foreign",
            blueprint.id,
        )

    def end(self, entry: EndpointEntry, blueprint: Blueprint) -> Endpoint:
        if entry.app:
            if entry.app not in self.pods:
                raise broken(blueprint, f"no App {entry.app}")
            return self.pods[entry.app]
        if bool(entry.cidr) == bool(entry.namespace and entry.labels):
            raise broken(blueprint, "an end of an edge is an App, a namespace with labels, or a network")
        if not entry.cidr:
            return Endpoint(str(entry.namespace), tuple(sorted(entry.labels.items())))
        try:
            return network(entry.cidr, self.platform)
        except ValueError as error:
            raise broken(blueprint, f"{entry.cidr} is not a network: {error}") from error


def _additions(app: str, entries: list[tuple[Any, Blueprint]]) -> Additions:
    owners: dict[tuple[str, str], str] = {}
    for entry, blueprint in entries:
        what = _identity(entry)
        owner = owners.setdefault(what, blueprint.id)
        if owner != blueprint.id:
            raise broken(blueprint, f"{app}: {what[0]} {what[1]} is already contributed by {owner}")
    return Additions(
        files=tuple((entry, b.id) for entry, b in entries if isinstance(entry, FileEntry)),
        volumes=tuple((entry, b.id) for entry, b in entries if isinstance(entry, VolumeEntry)),
        env=tuple((entry, b.id) for entry, b in entries if isinstance(entry, EnvEntry)),
        env_from=tuple((entry, b.id) for entry, b in entries if isinstance(entry, EnvFromEntry)),
        annotations=tuple((entry, b.id) for entry, b in entries if isinstance(entry, AnnotationEntry)),
    )


_IDENTITIES: dict[Any, tuple[str, str]] = {
    FileEntry: ("the file", "path"),
    VolumeEntry: ("the volume at", "mountPath"),
    EnvEntry: ("the variable", "name"),
    EnvFromEntry: ("the environment of", "configMap"),
    AnnotationEntry: ("the annotation", "key"),
}


def _identity(entry: Any) -> tuple[str, str]:
    what, field = _IDENTITIES[type(entry)]
    return what, getattr(entry, field)
