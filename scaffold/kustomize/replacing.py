"""Replacements: a value of one object is written into fields of others.

As kustomize's ReplacementTransformer and kyaml's PathMatcher. A value inside a text that is itself YAML or JSON is not
evaluated, and a Secret's value is not copied.

May import: fields, files, kustomization, node, patching, resource, transforming, documents, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.documents.reading import Document, Mark, quoted, scalar
from scaffold.kustomize.fields import Field, steps
from scaffold.kustomize.kustomization import FieldOptions, Replacement, Selector, Source, Target, remedy, understood
from scaffold.kustomize.node import Node, Stop, copy_of, missing, node_of, text, weigh
from scaffold.kustomize.patching import fits, words_of
from scaffold.kustomize.resource import Id, Resource, pattern, selects

if TYPE_CHECKING:
    from scaffold.kustomize.files import Files
    from scaffold.kustomize.transforming import Layer

_NAME = "metadata.name"
_NEW: Any = ...
"""The value of a field that was made, and takes the type of what is written into it."""


def replace(resources: list[Resource], layer: Layer, files: Files, index: int) -> None:
    """Apply an entry of `replacements`.

    Raises:
        Stop: it says something that is wrong, or finds nothing.
    """
    one, at = layer.said.replacements[index], layer.part("replacements", index)
    if not one.path:
        _apply(resources, one, at)
        return
    if one.source is not None or one.targets is not None:
        raise Stop(at.place, "a replacement is written either here or in a file", "give one of them")
    for document in files.documents(layer.folder, one.path, at.place):
        value = document.value if isinstance(document.value, list) else [document.value]
        mark = document.mark
        if not isinstance(document.value, list):
            mark = Mark(1, 1, children={0: mark})
        whole = Document(document.file, {"replacements": value}, Mark(1, 1, children={"replacements": mark}))
        said, problems, _ = understood(whole)
        files.problems += problems
        for number, inner in enumerate(said.replacements if said else ()):
            _apply(resources, inner, node_of(whole).value["replacements"].value[number])


def _apply(resources: list[Resource], one: Replacement, at: Node) -> None:
    if (one.source is None) == (one.source_value is None) or not one.targets:
        raise Stop(
            at.place, "a replacement needs a source, or a sourceValue, and targets", "write `source:` and `targets:`"
        )
    if one.source is None:
        given = at.value["sourceValue"]
        value = given.like(one.source_value)
    else:
        value = _found(resources, one.source, at.value["source"])
    for number, target in enumerate(one.targets):
        listed = at.value["targets"].value[number]
        if target.select is None:
            raise Stop(listed.place, "a target needs `select`", "write `select: {kind: …, name: …}`")
        for resource in _targets(resources, target, target.select, listed):
            for path in target.field_paths or [_NAME]:
                _write(resource, path, value, target.options or FieldOptions(), listed)


def _found(resources: list[Resource], source: Source, at: Node) -> Node:
    """Return the value that a source names."""
    wanted = Field("", source.kind, source.group, source.version)

    def is_it(one: Id) -> bool:
        return (
            wanted.selects(one.group, one.version, one.kind)
            and source.name in {"", one.name}
            and (not source.namespace or (source.namespace == (one.namespace or "default")))
        )

    matches = [one for one in resources if any(is_it(named) for named in (one.id, *one.previous))]
    if len(matches) != 1:
        raise Stop(at.place, f"the source means {len(matches)} objects", "name the one that is meant")
    path = parts(source.field_path or _NAME)
    if matches[0].id.kind == "Secret" and path[:1] in (["data"], ["stringData"]):
        raise Stop(at.place, "a Secret's value is not copied here", remedy(at.file), unread=True)
    found = matched(matches[0].node, [part for part in path if part.strip()], None, at) if "*" not in path else []
    if len(found) != 1 or missing(found[0]) or found[0].value in ({}, []):
        raise Stop(at.place, f"the source has no {quoted(source.field_path or _NAME)}", "check fieldPath")
    options = source.options
    if options is None or not options.delimiter:
        return copy_of(found[0])
    if isinstance(found[0].value, (dict, list)):
        raise Stop(at.place, "a delimiter is for a single value", "leave it out")
    words = text(found[0]).split(options.delimiter)
    if not 0 <= options.index < len(words):
        raise Stop(at.place, f"the value has {len(words)} parts", "check `options.index`")
    return found[0].like(words[options.index])


def _targets(resources: list[Resource], target: Target, select: Selector, at: Node) -> list[Resource]:
    place = at.place
    result = []
    rejects = [one for one in target.reject if any((one.group, one.version, one.kind, one.name, one.namespace))]
    for one in resources:
        labels, notes = (words_of(one.node.get("metadata", part)) for part in ("labels", "annotations"))

        def has(said: Selector, labels: dict[str, str] = labels, notes: dict[str, str] = notes) -> bool:
            both = ((said.label_selector, labels), (said.annotation_selector, notes))
            return all(selects(selector, words, place) for selector, words in both)

        named = (one.id, *one.previous)
        if any((no.label_selector or no.annotation_selector) and has(no) for no in target.reject):
            continue
        if not has(select) or any(_named(no, told, at) for no in rejects for told in named):
            continue
        if any(_named(select, told, at) for told in named):
            result.append(one)
    return result


def _named(said: Selector, told: Id, at: Node) -> bool:
    return all(
        fits(pattern(getattr(said, part), at.place), getattr(told, part))
        for part in ("group", "version", "kind", "name", "namespace")
    )


def parts(path: str) -> list[str]:
    """Split a path at its dots, but for those in brackets (kyaml's SmarterPathSplitter)."""
    split, result = list(steps(path, ".")), list[str]()
    while split:
        part = split.pop(0)
        if not part.startswith("[") or part.endswith("]"):
            result.append(part)
            continue
        while split and not part.endswith("]"):
            part += "." + split.pop(0)
        result.append(part if "=" in part else part.strip("[]"))
    return result


def matched(node: Node, path: list[str], made: Any, at: Node) -> list[Node]:
    """Return the parts that a path leads to; `made` is put where something is missing, if it is anything.

    Raises:
        Stop: the path leads through something of another shape, or into a text.
    """
    if not path:
        return [node]
    first, rest = path[0], path[1:]
    if first.isascii() and first.isdigit():
        return _counted(node, path, made, at)
    if first == "*":
        return [found for item in _items(node, at) for found in matched(item, rest, made, at)]
    if first.startswith("[") and first.endswith("]"):
        return _searched(node, path, made, at)
    return _entry(node, path, made, at)


def _counted(node: Node, path: list[str], made: Any, at: Node) -> list[Node]:
    items, number = _items(node, at), int(path[0][:9])
    if number == len(items) and made is not None:
        items.append(at.like(_blank(path[1:], made)))
    if number >= len(items):
        raise Stop(at.place, f"a list has {len(items)} items, and the path names item {number}", "check the path")
    return matched(items[number], path[1:], made, at)


def _entry(node: Node, path: list[str], made: Any, at: Node) -> list[Node]:
    first, rest = path[0], path[1:]
    if node.value is None:
        return []
    if not isinstance(node.value, dict):
        raise Stop(at.place, f"a path into {quoted(first)} leads into a single value or a list", "check the path")
    part = node.value.get(first)
    if part is None:
        if made is None:
            return []
        part = node.value[first] = at.like(_blank(rest, made))
    if rest and not isinstance(part.value, (dict, list, type(None))):
        raise Stop(at.place, "a path into a text is not evaluated here", remedy(at.file), unread=True)
    return matched(part, rest, made, at)


def _items(node: Node, at: Node) -> list[Node]:
    if not isinstance(node.value, list):
        raise Stop(at.place, "the path names items of what is no list", "check the path")
    return node.value


def _blank(rest: list[str], made: Any) -> Any:
    if not rest:
        return {} if isinstance(made, dict) else [] if isinstance(made, list) else _NEW
    listed = (rest[0].startswith("[") and rest[0].endswith("]")) or rest[0].isdigit()
    return [] if listed else {}


def _searched(node: Node, path: list[str], made: Any, at: Node) -> list[Node]:
    """Return parts of the items of which a field, or which themselves, match a pattern."""
    key, is_, written = path[0][1:-1].partition("=")
    wanted = pattern(written, at.place) or re.compile("")
    if not is_:
        raise Stop(at.place, f"{quoted(path[0])} names no item", "write [name=value]")
    found: list[Node] = []
    for item in _items(node, at):
        said = item.get(key) if key else item
        if said is not None and not isinstance(said.value, (dict, list)) and wanted.search(text(said)):
            found += matched(item, path[1:], made, at) if key else [item]
    if found or made is None:
        return found
    node.value.append(at.like({key: at.like(scalar(written))} if key else scalar(written)))
    return _searched(node, path, made, at)


def _write(resource: Resource, path: str, value: Node, options: FieldOptions, at: Node) -> None:
    made = value.value if options.create and isinstance(value.value, (dict, list)) else _NEW if options.create else None
    found = matched(resource.node, parts(path), made, at)
    if not found:
        raise Stop(
            at.place, f"{resource.id} has no {quoted(path)}", "check fieldPaths, or write `options: {create: true}`"
        )
    for field in found:
        _set(field, value, options, at)
    if isinstance(value.value, (dict, list)):
        weigh(resource.node, at.place)


def _set(field: Node, value: Node, options: FieldOptions, at: Node) -> None:
    """Write a value into a field, which keeps its type if it is a single value."""
    single = not isinstance(field.value, (dict, list))
    written = None if isinstance(value.value, (dict, list)) else text(value)
    if options.delimiter:
        if not single or written is None:
            raise Stop(at.place, "a delimiter is for a single value", "leave it out")
        words = text(field).split(options.delimiter) if field.value is not _NEW else [""]
        if options.index < 0:
            words.insert(0, written)
        elif options.index >= len(words):
            words.append(written)
        else:
            words[options.index] = written
        written = options.delimiter.join(words)
    if not single:
        field.become(value.like(scalar(written)) if options.delimiter and written is not None else copy_of(value))
        return
    if written is None:
        raise Stop(at.place, "a single value cannot take a mapping or a list", "check fieldPaths")
    typed = _typed(field.value, written)
    if typed is None:
        why = f"a field that holds {quoted(text(field))} cannot take {quoted(written)}"
        raise Stop(at.place, why, "write a value of that type in the target first")
    field.become(value.like(typed))


def _typed(before: Any, written: str) -> Any:
    if before is _NEW:
        return scalar(written)
    if isinstance(before, str):
        return written
    made = scalar(written)
    return made if type(made) is type(before) else None
