"""ConfigMaps and Secrets that a kustomization generates, and the hash that their names end with.

As kustomize's generators, its key-value loader and its hasher (api/internal/generators, api/kv, api/hasher). The values
of a Secret are needed for its hash; they are in no message, and in no document that is handed out.

May import: files, kustomization, node, resource, transforming, documents, errors.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Place
from scaffold.kustomize.kustomization import Generated, GeneratorOptions
from scaffold.kustomize.node import Node, Stop, copy_of, plain, text
from scaffold.kustomize.resource import Resource, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.kustomize.files import Files
    from scaffold.kustomize.transforming import Layer

_KEYS = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_LINE = 70
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_SPELLED = str.maketrans("013ae", "ghkmt")


def generate(resources: list[Resource], layer: Layer, files: Files, kind: str, index: int) -> None:
    """Generate an object, or merge it into one that is there.

    Raises:
        Stop: it says something that is wrong, or is there and is not to be merged.
    """
    said = layer.said.config_map_generator if kind == "ConfigMap" else layer.said.secret_generator
    one, at = said[index], layer.part(_KEYS[kind], index)
    made = _made(one, at, layer, kind)
    for key, value, place in _pairs(one, at, layer, files):
        _add(made.node, kind, Node(key, *place), value)
    there = called(resources, made.id)
    if one.behavior not in {"", "create", "merge", "replace"}:
        raise Stop(at.place, f"{quoted(one.behavior)} is no behavior", "valid here: create, merge, replace")
    if len(there) > 1:
        raise Stop(
            at.place, f"{len(there)} objects are called {made.id}", "name the namespace of the one that is meant"
        )
    if one.behavior in {"", "create"}:
        if there:
            raise Stop(at.place, f"{made.id} is there already", "write `behavior: merge` or `behavior: replace`")
        resources.append(made)
        return
    if not there:
        raise Stop(at.place, f"there is no {made.id} to {one.behavior}", "check the name, or leave `behavior` out")
    _into(there[0], made, data=one.behavior == "merge")


def _made(one: Generated, at: Node, layer: Layer, kind: str) -> Resource:
    """Return the object without its data."""
    if not one.name:
        raise Stop(at.place, f"a generated {kind} needs a name", "write `name: …`")
    metadata = at.like({"name": copy_of(at.value["name"])})
    if one.namespace:
        metadata.value["namespace"] = copy_of(at.value["namespace"])
    own, common = one.options or GeneratorOptions(), layer.said.generator_options or GeneratorOptions()
    for name in ("labels", "annotations"):
        pairs = {**getattr(common, name), **getattr(own, name)}
        if pairs:
            metadata.value[name] = at.like({key: at.like(pairs[key]) for key in sorted(pairs)})
    node = at.like({"apiVersion": at.like("v1"), "kind": at.like(kind), "metadata": metadata})
    if kind == "Secret":
        node.value["type"] = copy_of(at.value["type"]) if one.type else at.like("Opaque")
        node.value["data"] = at.like({})
    if own.immutable or common.immutable:
        node.value["immutable"] = at.like(True)  # noqa: FBT003  a value of an object
    hashed = not (own.disable_name_suffix_hash or common.disable_name_suffix_hash)
    return Resource(node, hashed=hashed, secret=kind == "Secret")


def _pairs(one: Generated, at: Node, layer: Layer, files: Files) -> Iterator[tuple[str, bytes, Place]]:
    """Yield what is put into an object: each key, its value, and where it was written."""
    for key, paths in (("envs", one.envs), ("env", [one.env] if one.env else [])):
        for index, path in enumerate(paths):
            listed = at.get(key)
            place = listed.value[index].place if listed and isinstance(listed.value, list) else at.place
            name, data = files.data(layer.folder, path, place)
            yield from _lines(name, data)
    literals = at.get("literals")
    if literals is not None and not isinstance(literals.value, (list, type(None))):
        raise Stop(literals.place, "a list is needed", "write `- key=value`")
    for item in (literals.value or ()) if literals is not None else ():
        found, is_, value = item.value.partition("=") if isinstance(item.value, str) else ("", "", "")
        if not found or not is_:
            raise Stop(item.place, "a literal is `key=value`", "write the key, and behind = its value")
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        yield found, value.encode("utf-8", "replace"), item.place
    for index, source in enumerate(one.files):
        place = layer_place(at, "files", index)
        key, is_, path = source.partition("=")
        if is_ and (not key or not path or "=" in path):
            raise Stop(place, "a file is `path`, or `key=path`", "write one of them")
        name, data = files.data(layer.folder, path or key, place)
        yield key if is_ else key.rstrip("/").rpartition("/")[2], data, Place(name, 1, 1)


def layer_place(at: Node, key: str, index: int) -> Place:
    """Return where an item of a list was written."""
    listed = at.get(key)
    return listed.value[index].place if listed is not None else at.place


def _lines(name: str, data: bytes) -> Iterator[tuple[str, bytes, Place]]:
    """Yield the variables of a file that has one on each line."""
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            told = line.removesuffix(b"\r").decode("utf-8-sig" if number == 1 else "utf-8").lstrip()
        except UnicodeDecodeError as error:
            raise Stop(Place(name, number, 1), "not UTF-8 text", "save the file as UTF-8") from error
        if told and not told.startswith("#"):
            key, _, value = told.partition("=")
            if key:
                yield key, value.encode(), Place(name, number, 1)


def _add(node: Node, kind: str, key: Node, value: bytes) -> None:
    """Put a value into an object, as its kind spells it."""
    field, spelled = "data", ""
    try:
        spelled = value.decode() if kind == "ConfigMap" else _coded(value)
    except UnicodeDecodeError:
        field, spelled = "binaryData", _coded(value)
    if any(key.value in part.value for name in ("data", "binaryData") if (part := node.get(name))):
        raise Stop(key.place, "the key is given twice", "keep one of them")  # and may be a value, by mistake
    if node.get(field) is None:
        node.value[field] = node.like({})
    node.value[field].value[key.value] = key.like(spelled)


def _coded(value: bytes) -> str:
    """Return base64, in lines of 70 where there is more than one."""
    coded = base64.b64encode(value).decode()
    if len(coded) < _LINE:
        return coded
    return "".join(f"{coded[start : start + _LINE]}\n" for start in range(0, len(coded), _LINE))


def _into(there: Resource, made: Resource, *, data: bool) -> None:
    """Put a generated object in the place of one: its name stays, its labels, and its data if it is merged."""
    metadata = made.node.value["metadata"]
    for name in ("labels", "annotations"):
        before, after = there.node.get("metadata", name), made.node.get("metadata", name)
        if before is not None and isinstance(before.value, dict) and before.value:
            told = {key: part.like(text(part)) for key, part in before.value.items()}
            metadata.value[name] = before.like({**told, **(after.value if after else {})})
    for name in ("name", "namespace"):
        before = there.node.get("metadata", name)
        metadata.drop(name)
        if before is not None:
            metadata.value[name] = before
    for name in ("data", "binaryData") if data else ():
        before = there.node.get(name)
        pairs = dict(before.value) if before is not None and isinstance(before.value, dict) else {}
        strings = there.node.get("stringData") if name == "data" and made.secret else None
        if strings is not None and isinstance(strings.value, dict):
            pairs |= {key: part.like(_coded(text(part).encode())) for key, part in strings.value.items()}
        after = made.node.get(name)
        pairs |= after.value if after is not None else {}
        made.node.drop(name)
        if pairs:
            made.node.value[name] = made.node.like({key: part.like(text(part)) for key, part in pairs.items()})
    there.node, there.secret = made.node, there.secret or made.secret
    there.hashed = there.hashed and made.hashed


def put_hashes(resources: list[Resource]) -> None:
    """End the names of generated objects with a hash of what they hold."""
    for one in resources:
        if one.hashed:
            one.remember()
            name = one.node.value["metadata"].value["name"]
            name.value = f"{text(name)}-{_hash(one.node)}"


def _hash(node: Node) -> str:
    fields = ("data", "binaryData") if node.written("kind") == "ConfigMap" else ("data", "stringData")
    told = {field: plain(part) for field in fields if (part := node.get(field)) is not None}
    # The name is looked up where none is, so that it is always empty; so is data that is not there.
    encoded = {"data": "", **told, "kind": node.written("kind"), "name": ""}
    if node.written("kind") == "Secret":
        encoded["type"] = node.written("type")
    json_ = json.dumps(encoded, ensure_ascii=False, sort_keys=True, separators=(",", ":")).translate(_ESCAPED)
    return hashlib.sha256(json_.encode("utf-8", "replace")).hexdigest()[:10].translate(_SPELLED)


def without_values(one: Resource) -> None:
    """Take the values out of a Secret that was generated."""
    for field in ("data", "stringData") if one.secret else ():
        part = one.node.get(field)
        if part is not None and isinstance(part.value, dict):
            part.value = {key: value.like("") for key, value in part.value.items()}
