"""The plan: every unit with its folder, context and paths, before any body is rendered.

Paths exist first so that index files (kustomizations) are ordinary templates that list what is there.

May import: choice, context, report, system, catalog, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import TemplateError

from scaffold.choice import EVERYTHING
from scaffold.context import Contexts
from scaffold.errors import BlueprintError, Place, Problem
from scaffold.report import report
from scaffold.system.requests import requests
from scaffold.system.select import runs
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.blueprint import Blueprint
    from scaffold.catalog import Catalog
    from scaffold.choice import Choice
    from scaffold.system.model import Selection, System


class Unit(Value, frozen=True):
    """One run of one blueprint: what one replay of it by cookiecutter would render.

    `subject` is whom it is for: an App's key, a namespace, a request's name or a folder. `folder` is relative to the
    output and ends in `/` (empty for its top); `paths` are the outputs relative to the folder, in the order of the
    blueprint's templates, empty where a template is left out. What these read are the fields of two JSON objects: of
    `shared`, which is one text for all units of an App, and of `own`.
    """

    blueprint: Blueprint
    subject: str
    folder: str
    shared: str
    own: str
    paths: tuple[str, ...]

    @property
    def context(self) -> str:
        """What its templates read, as one JSON object: what a replay by cookiecutter is given."""
        return self.own if self.shared == _NOTHING else f"{self.shared[:-1]},{self.own[1:]}"


def plan(catalog: Catalog, system: System, choice: Choice = EVERYTHING) -> tuple[Unit, ...]:
    """Lay out the bundle of a system, or a part of it: units in the order of their scopes, index units last.

    Raises:
        BlueprintError: the name of a template cannot be rendered.
    """
    return tuple(_Planner(catalog, system, choice).units())


def app_folder(key: str) -> str:
    """Return the folder of an App (`namespace/name`): its team's own; what is generated lies in `base/` below it."""
    return f"apps/{key}/"


def namespace_folder(name: str) -> str:
    """Return the folder of a namespace, which the platform team owns."""
    return f"namespaces/{name}/"


def on_demand_folder(name: str) -> str:
    """Return the folder of what is kept for an incident in a namespace; no kustomization lists it."""
    return f"on-demand/{name}/"


_NOTHING = "{}"
# Whose objects are applied by kustomization: requests are their owners', an incident decides on its own,
# and flags' files are no objects.
_APPLIED = ("app", "namespace", "egress")
_INDEX = "kustomization.yaml"


class _Planner:
    def __init__(self, catalog: Catalog, system: System, choice: Choice) -> None:
        self.catalog, self.system, self.choice = catalog, system, choice
        self.contexts = Contexts(system)
        self.members = {member.app.key: member for member in system.members}
        self.shared: dict[str, str] = {}

    def units(self) -> Iterator[Unit]:
        made: list[Unit] = []
        selections = (one for one in self.system.selections if self.choice.takes(one.blueprint))
        for unit in (*map(self.selected, selections), *self.requested()):
            made.append(unit)
            yield unit
        yield from self.indexes(made)

    def requested(self) -> Iterator[Unit]:
        for request in requests(self.system):
            context = self.contexts.request(request)
            for blueprint in filter(self.choice.takes, self.catalog.of_scope("request")):
                for _ in runs(blueprint, blueprint.when, None, context):
                    yield self.unit(blueprint, f"requests/{request.owner}/", request.name, context)

    def selected(self, selection: Selection) -> Unit:
        blueprint, subject, item = selection.blueprint, selection.subject, msgspec.json.decode(selection.item)
        if blueprint.scope == "namespace":
            context = self.contexts.namespace(subject, selection.key, item)
            return self.unit(blueprint, namespace_folder(subject), subject, context)
        if blueprint.scope == "egress":
            context = self.contexts.egress(subject, selection.key, item)
            return self.unit(blueprint, namespace_folder(subject), subject, context)
        if blueprint.scope == "on-demand":
            context = self.contexts.on_demand(subject, selection.key, item)
            return self.unit(blueprint, on_demand_folder(subject), subject, context)
        if blueprint.scope == "control-plane":
            return self.unit(blueprint, "control-plane/", subject, self.contexts.control_plane(selection.key, item))
        folder = app_folder(subject) + ("base/" if blueprint.ownership == "generated" else "")
        shared = self.contexts.app(self.members[subject])
        if subject not in self.shared:
            self.shared[subject] = _json(shared)
        own = {"key": selection.key, "item": item}
        paths = _paths(blueprint, {**shared, **own})
        return Unit(blueprint, subject, folder, self.shared[subject], _json(own), paths)

    def indexes(self, made: list[Unit]) -> Iterator[Unit]:
        """One index for each generated folder, for all namespaces, for all apps, and for everything."""
        listed: dict[str, list[str]] = {}
        files: dict[str, list[str]] = {}
        for unit in made:
            files.setdefault(unit.blueprint.id, []).extend(unit.folder + path for path in unit.paths if path)
            if unit.blueprint.ownership == "generated" and unit.blueprint.scope in _APPLIED:
                listed.setdefault(unit.folder, []).extend(path for path in unit.paths if path.endswith(".yaml"))
        levels = {folder: sorted(paths) for folder, paths in sorted(listed.items())}
        built = {
            *levels,
            *(path.removesuffix(_INDEX) for own in files.values() for path in own if path.endswith(_INDEX)),
        }
        gateway = [self.system.gateway.namespace] if self.system.gateway else []
        spaces = sorted((*self.system.namespaces, *gateway))
        for top, names in (("apps/", self.members), ("namespaces/", spaces)):
            folders = [
                next((name + end for end in ("", "/base") if f"{top}{name}{end}/" in built), "") for name in names
            ]
            if any(folders):
                levels[top] = [folder for folder in folders if folder]
        levels[""] = [top.rstrip("/") for top in ("namespaces/", "apps/") if top in levels]
        for blueprint in self.catalog.of_scope("index"):
            if blueprint.at == "top":
                taken = tuple(filter(self.choice.takes, self.catalog.blueprints))
                context = self.contexts.report(report(taken, self.system, files, str(self.choice)))
                yield self.unit(blueprint, "", "bundle", context)
                continue
            for folder, resources in levels.items():
                if resources:
                    yield self.unit(blueprint, folder, folder.rstrip("/") or "bundle", self.contexts.index(resources))

    def unit(self, blueprint: Blueprint, folder: str, subject: str, context: dict[str, Any]) -> Unit:
        return Unit(blueprint, subject, folder, _NOTHING, _json(context), _paths(blueprint, context))


def _json(context: dict[str, Any]) -> str:
    return msgspec.json.encode(context).decode()


def _paths(blueprint: Blueprint, context: dict[str, Any]) -> tuple[str, ...]:
    try:
        return tuple(
            blueprint.renderer.name(name, {"cookiecutter": context}) if "{" in name else name
            for name in blueprint.templates
        )
    except TemplateError as error:
        raise BlueprintError([Problem(Place(str(blueprint.folder), 1, 1), f"a template's name: {error}")]) from error
