"""The plan: every unit with its folder, context and paths, before any body is rendered.

Paths exist first so that index files (kustomizations) are ordinary templates that list what is there.

May import: context, report, system, catalog, render.environment, value.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import TemplateError

from scaffold.context import Contexts
from scaffold.errors import BlueprintError, Place, Problem
from scaffold.report import report
from scaffold.system.requests import requests
from scaffold.system.select import runs
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment, Template

    from scaffold.blueprint import Blueprint
    from scaffold.catalog import Catalog
    from scaffold.system.model import Selection, System


class Unit(Value, frozen=True):
    """One run of one blueprint: what one replay of it by cookiecutter would render.

    `subject` is whom it is for: an App's key, a namespace, a request's name or a folder. `folder` is relative to the
    output and ends in `/` (empty for its top); `context` is JSON text; `paths` are the outputs relative to the folder,
    in the order of the blueprint's templates, empty where a template is left out.
    """

    blueprint: Blueprint
    subject: str
    folder: str
    context: str
    paths: tuple[str, ...]


def plan(catalog: Catalog, system: System) -> tuple[Unit, ...]:
    """Lay out the bundle of a system: units in the order of their scopes, index units last.

    Raises:
        BlueprintError: the name of a template cannot be rendered.
    """
    return tuple(_Planner(catalog, system).units())


def app_folder(key: str) -> str:
    """Return the folder of an App (`namespace/name`): its team's own; what is generated lies in `base/` below it."""
    return f"apps/{key}/"


def namespace_folder(name: str) -> str:
    """Return the folder of a namespace, which the platform team owns."""
    return f"namespaces/{name}/"


def on_demand_folder(name: str) -> str:
    """Return the folder of what is kept for an incident in a namespace; no kustomization lists it."""
    return f"on-demand/{name}/"


# Whose objects are applied by kustomization: requests are their owners', an incident decides on its own,
# and flags' files are no objects.
_APPLIED = ("app", "namespace", "egress")


@lru_cache(maxsize=1024)  # the same few for every unit
def _name(environment: Environment, template: str) -> Template:
    """Compile the name of a template, which is one itself."""
    return environment.from_string(template)


class _Planner:
    def __init__(self, catalog: Catalog, system: System) -> None:
        self.catalog, self.system = catalog, system
        self.contexts = Contexts(system)
        self.members = {member.app.key: member for member in system.members}

    def units(self) -> Iterator[Unit]:
        made: list[Unit] = []
        for unit in (*map(self.selected, self.system.selections), *self.requested()):
            made.append(unit)
            yield unit
        yield from self.indexes(made)

    def requested(self) -> Iterator[Unit]:
        for request in requests(self.system):
            context = self.contexts.request(request)
            for blueprint in self.catalog.of_scope("request"):
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
        return self.unit(blueprint, folder, subject, self.contexts.app(self.members[subject], selection.key, item))

    def indexes(self, made: list[Unit]) -> Iterator[Unit]:
        """One index for each generated folder, for all namespaces, for all apps, and for everything."""
        listed: dict[str, list[str]] = {}
        files: dict[str, list[str]] = {}
        for unit in made:
            files.setdefault(unit.blueprint.id, []).extend(unit.folder + path for path in unit.paths if path)
            if unit.blueprint.ownership == "generated" and unit.blueprint.scope in _APPLIED:
                listed.setdefault(unit.folder, []).extend(path for path in unit.paths if path.endswith(".yaml"))
        levels = {folder: sorted(paths) for folder, paths in sorted(listed.items())}
        levels["apps/"] = list(self.members)
        gateway = [self.system.gateway.namespace] if self.system.gateway else []
        levels["namespaces/"] = sorted((*self.system.namespaces, *gateway))
        levels[""] = ["namespaces", "apps"]
        for blueprint in self.catalog.of_scope("index"):
            if blueprint.at == "top":
                context = self.contexts.report(report(self.catalog, self.system, files))
                yield self.unit(blueprint, "", "bundle", context)
                continue
            for folder, resources in levels.items():
                yield self.unit(blueprint, folder, folder.rstrip("/") or "bundle", self.contexts.index(resources))

    def unit(self, blueprint: Blueprint, folder: str, subject: str, context: dict[str, Any]) -> Unit:
        try:
            paths = tuple(
                _name(blueprint.environment, name).render({"cookiecutter": context}) if "{" in name else name
                for name in blueprint.templates
            )
        except TemplateError as error:
            raise BlueprintError(
                [Problem(Place(str(blueprint.folder), 1, 1), f"a template's name: {error}")]
            ) from error
        return Unit(blueprint, subject, folder, msgspec.json.encode(context).decode(), paths)
