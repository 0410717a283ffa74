"""What `kustomize build` would build from a folder, evaluated: objects whose every part knows the line that wrote it.

Steps come in kustomize's order (api/internal/target/kusttarget.go): resources, generators, components, patches,
namespace, names, labels, annotations, JSON patches, counts, images, replacements; at the end hashes and references.

May import: all of kustomize, documents, errors.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct, field

from scaffold.documents.reading import Document, quoted
from scaffold.errors import Place, Problem
from scaffold.kustomize import generating, patching, replacing, transforming
from scaffold.kustomize.files import Files, Folder, is_folder
from scaffold.kustomize.kustomization import Kustomization, understood
from scaffold.kustomize.node import Stop, document_of, node_of
from scaffold.kustomize.objects import objects
from scaffold.kustomize.ordering import ordered, spell_annotations
from scaffold.kustomize.references import follow
from scaffold.kustomize.resource import Id, Resource
from scaffold.kustomize.transforming import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MOST_OBJECTS = 1_000_000
"""In all folders together: an object counts once for each that it goes through."""


class Built(Struct):
    """What came out: objects in kustomize's order, all problems, and the text of each file that was read.

    `unread` are those of the problems where kustomize does more than is evaluated here: without others, the documents
    are what it builds but for these. `folders` are all that were built, where they really lie; the first is the folder
    itself, and `kind` what it is: Kustomization or Component.
    """

    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    unread: list[Problem] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    kind: str = "Kustomization"


def build(folder: Path) -> Built:
    """Evaluate a folder that holds a kustomization.

    Objects are as well built as the problems allow. Generated Secrets have no values: they have the name that kustomize
    gives them, which is made of the values, and an empty text for each key.
    """
    made = _Build()
    resources: list[Resource] = []
    at = Place(str(folder), 1, 1)
    try:
        opened = made.files.entered(Folder(str(folder), os.path.realpath(folder)), at)
        layer = made.layer(opened, at, "")
        made.accumulate(layer, resources)
        said = layer.said
    except Stop as stop:
        made.stopped(stop)
        said = Kustomization()
    generating.put_hashes(resources)
    for unsure in follow(resources):
        made.stopped(unsure)
    kept = [one for one in resources if not _is_local(one)]
    for one in kept:
        spell_annotations(one.node)
        generating.without_values(one)
    documents = [document_of(one.node) for one in ordered(kept, said.sort_options)]
    unread = list(dict.fromkeys(made.unread))
    problems = list(dict.fromkeys([*made.files.problems, *unread]))
    return Built(documents, problems, made.files.texts, unread, made.files.folders, said.kind)


def _is_local(one: Resource) -> bool:
    said = one.node.get("metadata", "annotations", "config.kubernetes.io/local-config")
    return (
        said is not None and one.node.written("metadata", "annotations", "config.kubernetes.io/local-config") != "false"
    )


class _Build(Struct):
    """The files and the problems of a build; steps that cannot be taken are left out."""

    files: Files = field(default_factory=Files)
    unread: list[Problem] = field(default_factory=list)
    objects: int = 0

    def stopped(self, stop: Stop) -> None:
        """Note why a step was not taken."""
        (self.unread if stop.unread else self.files.problems).append(stop.problem)

    def attempt(self, step: Callable[..., object], *arguments: object) -> None:
        """Take a step, if it can be taken."""
        try:
            step(*arguments)
        except Stop as stop:
            self.stopped(stop)

    def layer(self, folder: Folder, place: Place, kind: str = "Kustomization") -> Layer:
        """Read the kustomization of a folder.

        Raises:
            Stop: there is none, or it cannot be used.
        """
        document = self.files.kustomization(folder, place)
        said, problems, unread = understood(document)
        self.files.problems += problems
        self.unread += unread
        if said is None:
            said = Kustomization()
        elif kind not in {"", said.kind} and not problems:
            wanted = "under `components`" if said.kind == "Component" else "under `resources`"
            raise Stop(place, f"{quoted(folder.shown)} holds a {said.kind}", f"list it {wanted}")
        return Layer(folder, said, node_of(document))

    def accumulate(self, layer: Layer, resources: list[Resource]) -> None:
        """Add what a kustomization builds, after what is there; a component changes that too."""
        said = layer.said
        seen = {one.id.unique for one in resources}
        for key, paths in (("resources", said.resources), ("bases", said.bases)):
            for index, path in enumerate(paths):
                self.attempt(self._resource, layer, resources, seen, (path, layer.part(key, index).place))
        for kind, entries in (("ConfigMap", said.config_map_generator), ("Secret", said.secret_generator)):
            for index in range(len(entries)):
                self.attempt(generating.generate, resources, layer, self.files, kind, index)
        for index, path in enumerate(said.components):
            self.attempt(self._component, layer, resources, path, layer.part("components", index).place)
        self._transform(layer, resources)

    def _resource(self, layer: Layer, resources: list[Resource], seen: set[Id], listed: tuple[str, Place]) -> None:
        path, place = listed
        if is_folder(layer.folder, path, place):
            below = self.layer(self.files.opened(layer.folder, path, place), place)
            found: list[Resource] = []
            self.accumulate(below, found)
        else:
            found = [Resource(node) for node in objects(self.files.documents(layer.folder, path, place))]
        self._append(resources, seen, found, place)

    def _component(self, layer: Layer, resources: list[Resource], path: str, place: Place) -> None:
        below = self.layer(self.files.opened(layer.folder, path, place), place, "Component")
        self.accumulate(below, resources)

    def _append(self, resources: list[Resource], seen: set[Id], found: Iterable[Resource], place: Place) -> None:
        """Add objects; two of one name cannot be told apart."""
        for one in found:
            self.objects += 1
            if self.objects > MOST_OBJECTS:
                raise Stop(place, f"more than {MOST_OBJECTS} objects", "build a part of it")
            unique = one.id.unique
            if unique in seen:
                problem = Problem(one.node.place, f"{one.id} is there already", "keep one of them, or patch it")
                self.files.problems.append(problem)
                continue
            seen.add(unique)
            resources.append(one)

    def _transform(self, layer: Layer, resources: list[Resource]) -> None:
        said, files = layer.said, self.files
        for index in range(len(said.patches_strategic_merge)):
            self.attempt(patching.merge, resources, layer, files, index)
        for index in range(len(said.patches)):
            self.attempt(patching.patch, resources, layer, files, index)
        resources[:] = [one for one in resources if not one.gone]
        for step in (transforming.put_namespace, transforming.put_affixes, transforming.put_labels):
            self.attempt(step, resources, layer)
        for index in range(len(said.patches_json6902)):
            self.attempt(patching.operations, resources, layer, files, index)
        for step in (transforming.put_replicas, transforming.put_images):
            self.attempt(step, resources, layer)
        for index in range(len(said.replacements)):
            self.attempt(replacing.replace, resources, layer, files, index)
