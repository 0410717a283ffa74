"""One pass in which the selected blueprints add edges, files and annotations to the system.

May import: blueprint, contributions, expressions, ends, select, model, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from scaffold.contributions import (
    KINDS,
    AccountAnnotationEntry,
    AnnotationEntry,
    EdgeEntry,
    EnvEntry,
    EnvFromEntry,
    FileEntry,
    GivenSecretEntry,
    LabelEntry,
    NodeEntry,
    ReadEntry,
    RenewalEntry,
    RequirementEntry,
    SidecarEntry,
    StoreAnnotationEntry,
    StoreObjectEntry,
    StoreTokenEntry,
    TunnelEntry,
    VolumeEntry,
)
from scaffold.expressions import ExpressionError, fill
from scaffold.system.ends import ends_of
from scaffold.system.model import Additions, Edge, Space
from scaffold.system.select import broken, runs
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.load import Answers
    from scaffold.answers.schema import App
    from scaffold.blueprint import Blueprint, Contribution
    from scaffold.system.model import Selection

    _Owned = tuple[Any, Blueprint]


class Contributed(Value, frozen=True):
    """Edges, requirements and namespaces (all sorted), and additions to each App's pods by its key.

    `tunnel` is the port to which the mesh carries TCP among those in it; 0: it does not.
    """

    edges: tuple[Edge, ...]
    requirements: tuple[tuple[str, str], ...]
    pods: Mapping[str, Additions]
    spaces: tuple[Space, ...]
    tunnel: int = 0


def contribute(
    selections: tuple[Selection, ...],
    scopes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    answers: Answers,
) -> Contributed:
    """Evaluate every contribution.

    Args:
        selections: the runs of blueprints.
        scopes: the names in scope, by scope and subject.
        answers: what was declared.

    Raises:
        BlueprintError: an expression failed, a value does not fit, or two blueprints collide.
    """
    ends = ends_of(answers)
    edges, requirements = set[Edge](), set[tuple[str, str]]()
    gathered: dict[tuple[str, str], list[_Owned]] = {}
    for selection in selections:
        blueprint, unit = selection.blueprint, {"key": selection.key, "item": msgspec.json.decode(selection.item)}
        # A contribution's own `each` renames key and item; `unit` keeps those of the blueprint's.
        scope = {**scopes[blueprint.scope][selection.subject], **unit, "unit": unit}
        for entry in _entries(blueprint, scope):
            if isinstance(entry, EdgeEntry):
                edges.update(ends.edges(entry, blueprint))
            elif isinstance(entry, RequirementEntry):
                requirements.add((entry.who, entry.what))
            elif isinstance(entry, TunnelEntry):
                gathered.setdefault(("mesh", ""), []).append((entry, blueprint))
            elif blueprint.scope != "app" and not (blueprint.scope == "namespace" and isinstance(entry, _OF_A_SPACE)):
                raise broken(blueprint, "only a blueprint of scope app adds to pods")
            else:
                gathered.setdefault((blueprint.scope, selection.subject), []).append((entry, blueprint))
    return Contributed(
        tuple(sorted(edges)),
        tuple(sorted(requirements)),
        {app.key: _additions(app, gathered.get(("app", app.key), [])) for app in answers.apps},
        tuple(_space(name, gathered.get(("namespace", name), [])) for name in sorted(scopes["namespace"])),
        _tunnel(gathered.get(("mesh", ""), [])),
    )


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
            if isinstance(made, VolumeEntry) and bool(made.sources) == bool(made.driver):
                raise broken(blueprint, "contributes.volumes: a volume has sources, or a driver")
            if isinstance(made, EdgeEntry) and not _are_written(contribution, made):
                raise broken(blueprint, "contributes.edges: an address of the node's own is written as it is")
            if isinstance(made, ReadEntry) and any(map(_is_more_than_seen, made.resources)):
                raise broken(blueprint, "contributes.reads: never secrets, and of subresources pods/log alone")
            yield made


def _are_written(contribution: Contribution, made: EdgeEntry) -> bool:
    """Tell whether addresses of the node's own stand in the blueprint, so that no answer decides on them."""
    fields = dict(contribution.fields)
    return all(
        end.linkLocal is None or (isinstance(fields[name], dict) and fields[name]["linkLocal"] == end.linkLocal)
        for name, end in (("source", made.source), ("target", made.target))
    )


_OF_A_SPACE = (AnnotationEntry, LabelEntry, ReadEntry)


def _is_more_than_seen(resource: str) -> bool:
    """Tell whether who may get it has a secret's value, or a way into a pod or past the API: whatever the verb says."""
    return resource == "secrets" or ("/" in resource and resource != "pods/log")


def _additions(app: App, entries: list[_Owned]) -> Additions:
    _collide(app.key, entries)
    kinds: dict[type, list[tuple[Any, str]]] = {}
    for entry, blueprint in entries:
        kinds.setdefault(type(entry), []).append((entry, blueprint.id))
    sidecars = [*app.spec.sidecars, *(entry.name for entry, _ in kinds.get(SidecarEntry, ()))]
    kinds[AnnotationEntry] = [
        (replace(entry, value=entry.sidecars.join(sidecars) if entry.sidecars else entry.value), owner)
        for entry, owner in kinds.get(AnnotationEntry, ())
        if sidecars or not entry.sidecars
    ]
    return Additions(**{name: tuple(kinds.get(kind, ())) for name, kind in _POD.items()})


def _tunnel(entries: list[_Owned]) -> int:
    ports = {entry.port: blueprint for entry, blueprint in entries}
    if len(ports) > 1:
        raise broken(ports[max(ports)], f"contributes.tunnel: {min(ports)} is already contributed: a mesh has one")
    return next(iter(ports), 0)


def _space(namespace: str, entries: list[_Owned]) -> Space:
    _collide(namespace, entries)
    labels, annotations = (
        tuple(sorted((entry.key, entry.value) for entry, _ in entries if isinstance(entry, kind)))
        for kind in (LabelEntry, AnnotationEntry)
    )
    reads = tuple(entry for entry, _ in entries if isinstance(entry, ReadEntry))
    return Space(namespace, labels, annotations, reads)


def _collide(subject: str, entries: list[_Owned]) -> None:
    owners: dict[tuple[str, str], str] = {}
    for entry, blueprint in entries:
        if isinstance(entry, _TWICE):
            continue
        what = _identity(entry)
        owner = owners.setdefault(what, blueprint.id)
        if owner != blueprint.id:
            raise broken(blueprint, f"{subject}: {what[0]} {what[1]} is already contributed by {owner}")


# To read the same twice is no contradiction; whether an App is one and the same to its stores follows from answers.
_TWICE = (GivenSecretEntry, ReadEntry, StoreAnnotationEntry, StoreObjectEntry)
_POD: dict[str, Any] = {
    "account": AccountAnnotationEntry,
    "annotations": AnnotationEntry,
    "env": EnvEntry,
    "env_from": EnvFromEntry,
    "files": FileEntry,
    "given_secrets": GivenSecretEntry,
    "labels": LabelEntry,
    "nodes": NodeEntry,
    "reads": ReadEntry,
    "renewals": RenewalEntry,
    "sidecars": SidecarEntry,
    "store_annotations": StoreAnnotationEntry,
    "store_objects": StoreObjectEntry,
    "store_tokens": StoreTokenEntry,
    "volumes": VolumeEntry,
}
_IDENTITIES: dict[Any, tuple[str, str]] = {
    FileEntry: ("the file", "path"),
    VolumeEntry: ("the volume at", "mountPath"),
    EnvEntry: ("the variable", "name"),
    EnvFromEntry: ("the environment of", "configMap"),
    AccountAnnotationEntry: ("the ServiceAccount's annotation", "key"),
    AnnotationEntry: ("the annotation", "key"),
    LabelEntry: ("the label", "key"),
    NodeEntry: ("the label of nodes", "key"),
    RenewalEntry: ("the renewal of the secret", "secret"),
    SidecarEntry: ("the sidecar", "name"),
    StoreTokenEntry: ("the token for the store", "store"),
}


def _identity(entry: Any) -> tuple[str, str]:
    what, field = _IDENTITIES[type(entry)]
    return what, getattr(entry, field)
