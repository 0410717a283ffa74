"""One pass in which the selected blueprints add edges, files and annotations to the system.

May import: additions, blueprint, contributions, expressions, ends, select, model, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from scaffold.contributions import (
    KINDS,
    AnnotationEntry,
    EdgeEntry,
    FileEntry,
    LabelEntry,
    ProxyEntry,
    ReadEntry,
    RequirementEntry,
    TunnelEntry,
    VolumeEntry,
)
from scaffold.expressions import ExpressionError, fill
from scaffold.system.additions import additions, space
from scaffold.system.ends import ends_of
from scaffold.system.model import Edge, Endpoint
from scaffold.system.select import broken, runs
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from scaffold.answers.load import Answers
    from scaffold.blueprint import Blueprint, Contribution
    from scaffold.system.model import Additions, Selection, Space

    _Owned = tuple[Any, Blueprint]


class Contributed(Value, frozen=True):
    """Edges, requirements and namespaces (all sorted), and additions to each App's pods by its key.

    `tunnel` is the port to which the mesh carries TCP among those in it; 0: it does not. `proxies` are those through
    which it leads that to an App, by the App's key.
    """

    edges: tuple[Edge, ...]
    requirements: tuple[tuple[str, str], ...]
    pods: Mapping[str, Additions]
    spaces: tuple[Space, ...]
    tunnel: int = 0
    proxies: Mapping[str, Endpoint] = {}


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
    made = list(evaluated(selections, scopes))
    proxies = _proxies(made, answers)
    ends = ends_of(answers, proxies)
    edges, requirements = set[Edge](), set[tuple[str, str]]()
    gathered: dict[tuple[str, str], list[_Owned]] = {}
    for subject, blueprint, entry in made:
        if isinstance(entry, EdgeEntry):
            edges.update(ends.edges(entry, blueprint))
        elif isinstance(entry, RequirementEntry):
            requirements.add((entry.who, entry.what))
        elif isinstance(entry, TunnelEntry):
            gathered.setdefault(("mesh", ""), []).append((entry, blueprint))
        elif blueprint.scope != "app" and not (blueprint.scope == "namespace" and isinstance(entry, _OF_A_SPACE)):
            raise broken(blueprint, "only a blueprint of scope app adds to pods")
        else:
            gathered.setdefault((blueprint.scope, subject), []).append((entry, blueprint))
    return Contributed(
        tuple(sorted(edges)),
        tuple(sorted(requirements)),
        {app.key: additions(app, gathered.get(("app", app.key), [])) for app in answers.apps},
        tuple(space(name, gathered.get(("namespace", name), [])) for name in sorted(scopes["namespace"])),
        _tunnel(gathered.get(("mesh", ""), [])),
        proxies,
    )


def evaluated(
    selections: tuple[Selection, ...],
    scopes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    kinds: Container[str] = KINDS,
) -> Iterator[tuple[str, Blueprint, Any]]:
    """Yield each contribution (of some kinds alone) with the subject it is for, and whose it is.

    Raises:
        BlueprintError: an expression failed, or a value does not fit.
    """
    for selection in selections:
        blueprint, unit = selection.blueprint, {"key": selection.key, "item": msgspec.json.decode(selection.item)}
        # A contribution's own `each` renames key and item; `unit` keeps those of the blueprint's.
        scope = {**scopes[blueprint.scope][selection.subject], **unit, "unit": unit}
        for entry in _entries(blueprint, scope, kinds):
            yield selection.subject, blueprint, entry


def _proxies(made: list[tuple[str, Blueprint, Any]], answers: Answers) -> dict[str, Endpoint]:
    """Return the proxies of Apps, by the Apps' keys, as ends of edges."""
    apps, found = {app.key: app for app in answers.apps}, dict[str, Endpoint]()
    for subject, blueprint, entry in made:
        if isinstance(entry, ProxyEntry) and subject in apps:
            if subject in found:
                raise broken(blueprint, f"{subject}: a proxy is already contributed: an App has one")
            labels = tuple(sorted(entry.labels.items()))
            found[subject] = Endpoint(apps[subject].namespace, labels, "", subject, entry.account, proxy=True)
    return found


def _entries(blueprint: Blueprint, scope: Mapping[str, Any], kinds: Container[str]) -> Iterator[Any]:
    for contribution in (one for one in blueprint.contributions if one.kind in kinds):
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


def _tunnel(entries: list[_Owned]) -> int:
    ports = {entry.port: blueprint for entry, blueprint in entries}
    if len(ports) > 1:
        raise broken(ports[max(ports)], f"contributes.tunnel: {min(ports)} is already contributed: a mesh has one")
    return next(iter(ports), 0)
