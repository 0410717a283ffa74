"""The patches of a kustomization: which objects each is for, and what it makes of them.

As kustomize's PatchTransformer, PatchStrategicMergeTransformer and PatchJson6902Transformer.

May import: files, json_patch, kustomization, merging, node, objects, resource, transforming, documents, errors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scaffold.documents.reading import Document, read
from scaffold.errors import Place
from scaffold.kustomize import json_patch
from scaffold.kustomize.kustomization import Patch, Selector, remedy
from scaffold.kustomize.merging import patched
from scaffold.kustomize.node import Node, Stop, copy_of, node_of
from scaffold.kustomize.objects import objects
from scaffold.kustomize.resource import Resource, called, id_of, pattern, selects

if TYPE_CHECKING:
    import re

    from scaffold.kustomize.files import Files
    from scaffold.kustomize.transforming import Layer


def merge(resources: list[Resource], layer: Layer, files: Files, index: int) -> None:
    """Apply an entry of `patchesStrategicMerge`: a file's name, or a patch itself.

    Raises:
        Stop: it cannot be read, or is for nothing that there is.
    """
    written, given = layer.said.patches_strategic_merge[index], layer.part("patchesStrategicMerge", index)
    inline = "\n" in written or written.lstrip().startswith("{")
    documents = _inline(written, given, files) if inline else files.documents(layer.folder, written, given.place)
    for part in objects(documents):
        _merge(_one(resources, part), part)


def patch(resources: list[Resource], layer: Layer, files: Files, index: int) -> None:
    """Apply an entry of `patches`.

    Raises:
        Stop: it cannot be read, or does not apply.
    """
    one, given = layer.said.patches[index], layer.part("patches", index)
    if one.options and (one.options.allow_name_change or one.options.allow_kind_change):
        place = layer.part("patches", index, "options").place
        raise Stop(place, "a change of name or kind by a patch is not evaluated here", remedy(given.file), unread=True)
    documents = _documents(one, given, layer, files)
    if len(documents) == 1 and isinstance(documents[0].value, list):
        if one.target is None:
            raise Stop(given.place, "a JSON patch needs a target", "write `target: {kind: …, name: …}`")
        _operate(_selected(resources, one.target, given), node_of(documents[0]), remembered=True)
        return
    found = objects(documents)
    if not found:
        raise Stop(given.place, "the patch says nothing", "write a patch, or take the entry away")
    if one.target is None:
        for part in found:
            _merge(_one(resources, part), part)
        return
    if len(found) > 1:
        raise Stop(given.place, "several patches in one entry cannot have a target", "write an entry for each")
    for resource in _selected(resources, one.target, given):
        _merge(resource, found[0])


def operations(resources: list[Resource], layer: Layer, files: Files, index: int) -> None:
    """Apply an entry of `patchesJson6902`.

    Raises:
        Stop: it cannot be read, or does not apply.
    """
    one, given = layer.said.patches_json6902[index], layer.part("patchesJson6902", index)
    if one.target is None or not one.target.name:
        raise Stop(given.place, "a JSON patch needs a target with a name", "write `target: {kind: …, name: …}`")
    documents = _documents(one, given, layer, files)
    if len(documents) != 1 or not isinstance(documents[0].value, list) or not documents[0].value:
        raise Stop(given.place, "a JSON patch is a list of operations", "write `- op: …`")
    _operate(_selected(resources, one.target, given), node_of(documents[0]), remembered=False)


def _documents(one: Patch, given: Node, layer: Layer, files: Files) -> list[Document]:
    if bool(one.path) == bool(one.patch.strip()):
        raise Stop(given.place, "a patch is written either as `patch` or as `path`", "give one of them")
    if one.path:
        place = (given.get("path") or given).place
        found = files.documents(layer.folder, one.path, place)
        written = files.texts.get(found[0].file, "") if found else ""
    else:
        found, written = _inline(one.patch, given.get("patch") or given, files), one.patch.strip()
        place = given.place
    if written.startswith("["):
        try:
            json.loads(written)
        except (ValueError, RecursionError) as error:
            why = "a patch that begins with `[` is read as JSON, and is none"
            raise Stop(place, why, "write `- op: …` lines, or JSON") from error
    return found


def _inline(written: str, given: Node, files: Files) -> list[Document]:
    """Read a patch that stands in the kustomization; a block's text begins a line below."""
    found, problems = read(written.encode("utf-8", "replace"), given.file)
    lines = files.texts.get(given.file, "").splitlines()
    opening = lines[given.line - 1][given.column - 1 :][:1] if 0 < given.line <= len(lines) else ""
    shift, indent = (given.line, 0) if opening in {"|", ">"} else (given.line - 1, given.column)
    if opening in {"|", ">"} and shift < len(lines):
        indent = len(lines[shift]) - len(lines[shift].lstrip(" "))
    for problem in problems:
        place = problem.place
        files.problems.append(problem._replace(place=Place(place.file, place.line + shift, place.column + indent)))
    for document in found:
        _shift(document, shift, indent)
    return found


def _shift(document: Document, lines: int, columns: int) -> None:
    open_ = [document.mark]
    while open_:
        mark = open_.pop()
        mark.line, mark.column = mark.line + lines, mark.column + columns
        mark.keys = {key: (line + lines, column + columns) for key, (line, column) in mark.keys.items()}
        open_ += mark.children.values()


def _one(resources: list[Resource], part: Node) -> Resource:
    found = called(resources, id_of(part))
    if len(found) != 1:
        many = f"{len(found)} objects are" if found else "nothing is"
        why = f"{many} called {id_of(part)}, as the patch is for"
        raise Stop(part.place, why, "name apiVersion, kind, name and namespace of one object, or write a target")
    return found[0]


def _merge(resource: Resource, part: Node) -> None:
    """Merge a patch; an object keeps its kind, its name and its namespace."""
    node = resource.node
    paths = (("kind",), ("metadata", "name"), ("metadata", "namespace"), ("apiVersion",))
    kept = [None if (said := node.get(*path)) is None else copy_of(said) for path in paths]
    made = patched(node, part)
    if made is None or not made.value:
        resource.gone = True
        return
    if made is not node:
        return  # `$patch: replace` of a whole object changes nothing: kustomize drops what it made
    kind, name, namespace, version = kept
    if kind is not None:
        made.value["kind"] = kind
    if version is not None:
        made.value["apiVersion"] = version
    metadata = made.value.setdefault("metadata", made.like({}))
    if name is not None:
        metadata.value["name"] = name
    if namespace is None:
        metadata.drop("namespace")
    else:
        metadata.value["namespace"] = namespace


def _operate(resources: list[Resource], operations_: Node, *, remembered: bool) -> None:
    for resource in resources:
        if remembered:
            resource.remember()
        resource.node = copy_of(resource.node)  # no value is shared from here on
        json_patch.apply(resource.node, operations_)


def _selected(resources: list[Resource], target: Selector, given: Node) -> list[Resource]:
    """Return the objects that a target means, by what they are called or were called at first."""
    at = given.get("target") or given
    wanted = {
        name: pattern(getattr(target, name), (at.get(name) or at).place)
        for name in ("namespace", "name", "group", "version", "kind")
    }

    result = []
    for one in (one for one in resources if not one.gone):
        now, first = one.id, one.first
        known = all(fits(wanted[name], getattr(now, name)) for name in ("group", "version", "kind"))
        named = fits(wanted["name"], first.name, now.name)
        if not known or not named or not fits(wanted["namespace"], first.lies_in, now.lies_in):
            continue
        labels, notes = (words_of(one.node.get("metadata", part)) for part in ("labels", "annotations"))
        if selects(target.label_selector, labels, at.place) and selects(target.annotation_selector, notes, at.place):
            result.append(one)
    return result


def fits(wanted: re.Pattern[str] | None, *said: str) -> bool:
    """Tell whether a selector's pattern matches one of some words."""
    return wanted is None or any(wanted.fullmatch(word) for word in said)


def words_of(node: Node | None) -> dict[str, str]:
    """Return the labels or annotations of an object."""
    inside = node.value if node is not None and isinstance(node.value, dict) else {}
    return {name: node.written(name) for name in inside} if node is not None else {}
