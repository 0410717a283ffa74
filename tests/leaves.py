"""The leaves of the exported JSON Schema: where each stands in a document, and what else it might say.

A leaf is a single value, or the key of a mapping. It is called by the way that leads to it: `App.spec.ports{}.port`, its
map's keys `App.spec.ports{key}`, items `App.spec.from[].paths[]`, an alternative `Platform.spec.mesh<istio-sidecar>.cpu`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from generated import NUMBERS, known

Value = Any
Path = tuple[Any, ...]


class Key:
    """Ends the path of a mapping's key, in place of its value."""


GONE = object()


class Leaves:
    """The leaves of one kind of document."""

    def __init__(self, schema: dict[str, Any], kind: str) -> None:
        self._schema, self._parts, self._kind = schema, schema["$defs"], kind
        self._known: dict[str, frozenset[str]] = {}

    def names(self) -> Iterator[str]:
        """Yield the name of every leaf."""
        yield from self._below(self._schema, self._kind)

    def found(self, document: Value) -> Iterator[tuple[str, Path, list[Value]]]:
        """Yield each leaf of a document: its name, its path, and what might stand there instead."""
        yield from self._found(self._schema, document, self._kind, ())

    def grown(self, document: Value, said: AbstractSet[str]) -> Iterator[tuple[Path, Value, frozenset[str]]]:
        """Yield what the document does not say yet: a path, the least that may stand there, and the names of its leaves.

        Parts are left out of which every leaf was said elsewhere; `said` may grow meanwhile.
        """
        for schema, name, path, new in self._grown(self._schema, document, self._kind, (), said):
            yield path, new, frozenset(one for one, *_ in self._found(schema, new, name, path))

    def _options(self, schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Return the alternatives of a schema, each with what tells it from the others in a name."""
        options = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
        whole = [self._parts[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in options]
        refs = [one["$ref"].rpartition("/")[2] if "$ref" in one else _type(one) for one in options]
        # One alone has a name, too, where others may come: blueprints add them.
        named = len(options) > 1 or ("$ref" in options[0] and _tags(whole[0]))
        return [(f"<{ref}>" if named else "", one) for ref, one in zip(refs, whole, strict=True)]

    def _names(self, schema: dict[str, Any], name: str) -> Iterator[str]:
        for label, option in self._options(schema):
            at = name + label
            if "properties" in option:
                for key, part in option["properties"].items():
                    yield from self._names(part, f"{at}.{key}")
            elif _type(option) == "object":
                yield f"{at}{{key}}"
                yield from self._names(option["additionalProperties"], f"{at}{{}}")
            elif _type(option) == "array":
                yield from self._names(option["items"], f"{at}[]")
            elif not _is_fixed(option):
                yield at

    def _found(self, schema: dict[str, Any], value: Value, name: str, path: Path) -> Iterator[tuple[str, Path, list]]:
        for label, option in self._options(schema):
            at = name + label
            if not _fits(option, value):
                continue
            if "properties" in option:
                for key in sorted(option["properties"].keys() & value.keys()):
                    inner = self._found(option["properties"][key], value[key], f"{at}.{key}", (*path, key))
                    gone = [GONE] if key not in option.get("required", ()) else []
                    yield from (
                        (one, to, [*others, *gone] if len(to) == len(path) + 1 else others) for one, to, others in inner
                    )
            elif isinstance(value, dict):
                for key, item in value.items():
                    yield f"{at}{{key}}", (*path, key, Key), _others(option["propertyNames"], key)
                    yield from self._found(option["additionalProperties"], item, f"{at}{{}}", (*path, key))
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    yield from self._found(option["items"], item, f"{at}[]", (*path, index))
            elif not _is_fixed(option):
                yield at, path, _others(option, value)

    def _below(self, schema: dict[str, Any], name: str) -> frozenset[str]:
        """Return the names of the leaves of a part."""
        if name not in self._known:
            self._known[name] = frozenset(self._names(schema, name))
        return self._known[name]

    def _grown(
        self, schema: dict[str, Any], value: Value, name: str, path: Path, said: AbstractSet[str]
    ) -> Iterator[tuple[dict[str, Any], str, Path, Value]]:
        for label, option in self._options(schema) if not self._below(schema, name) <= said else ():
            at = name + label
            if not _fits(option, value):
                yield from ((schema, name, path, one) for one in self._some(option))
            elif "properties" in option:
                parts = option["properties"]
                for key in sorted(parts.keys() & value.keys()):
                    yield from self._grown(parts[key], value[key], f"{at}.{key}", (*path, key), said)
                missing = {
                    key for key in parts.keys() - value.keys() if not self._below(parts[key], f"{at}.{key}") <= said
                }
                yield from ((schema, name, path, one) for one in self._added(option, value, missing))
            elif isinstance(value, dict):
                for key, item in value.items():
                    yield from self._grown(option["additionalProperties"], item, f"{at}{{}}", (*path, key), said)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    yield from self._grown(option["items"], item, f"{at}[]", (*path, index), said)

    def _added(self, option: dict[str, Any], value: dict[str, Value], missing: AbstractSet[str]) -> Iterator[Value]:
        """Yield a mapping with each field that is missing: beside what it has, and beside what it must have."""
        rivals = {one["required"][0] for one in option.get("oneOf", ())}
        for key in sorted(missing):
            rest = {name: item for name, item in value.items() if key not in rivals or name not in rivals}
            must = {name: item for name, item in rest.items() if name in option.get("required", ())}
            for new in (new for _, one in self._options(option["properties"][key]) for new in self._some(one)):
                yield from ({**rest, key: new}, {**must, key: new})

    def _some(self, schema: dict[str, Any]) -> list[Value]:
        """Return a few of the least values that a schema takes."""
        [(_, option), *_] = self._options(schema)
        kind = _type(option)
        if "properties" in option:
            wanted = [*option.get("required", ()), *(one["required"][0] for one in option.get("oneOf", ())[:1])]
            least = {key: self._some(option["properties"][key])[0] for key in wanted}
            return [least, *self._added(option, least, option["properties"].keys() - least.keys())]
        if kind == "object":
            return [{known(option["propertyNames"])[0]: self._some(option["additionalProperties"])[0]}]
        if kind == "array":
            return [self._some(option["items"])[:1]]
        if "enum" in option:
            return option["enum"][:1]
        if kind == "integer":
            return [one for one in (option["minimum"], *NUMBERS) if one <= option["maximum"]]
        return [True] if kind == "boolean" else known(option)


def replaced(value: Value, path: Path, new: Value) -> Value:
    """Return a value with another one at a path, or with another key; without it, where the new one is GONE."""
    if not path:
        return new
    step, *rest = path
    if rest == [Key]:
        return {(new if key == step else key): item for key, item in value.items()}
    items = dict(value) if isinstance(value, dict) else dict(enumerate(value))
    items[step] = replaced(items.get(step), tuple(rest), new)
    items = {key: item for key, item in items.items() if item is not GONE}
    return items if isinstance(value, dict) else list(items.values())


def _type(option: dict[str, Any]) -> str:
    [kind] = {option.get("type", "string")} if isinstance(option.get("type", ""), str) else {*option["type"]} - {"null"}
    return kind


def _tags(option: dict[str, Any]) -> dict[str, str]:
    """Return what a part says of itself that tells it from other parts: its only choice."""
    parts = {key: part.get("enum", ()) for key, part in option.get("properties", {}).items()}
    return {key: enum[0] for key, enum in parts.items() if len(enum) == 1 and key in option.get("required", ())}


def _fits(option: dict[str, Any], value: Value) -> bool:
    kind = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}[type(value)]
    if "enum" in option:
        return value in option["enum"]
    return kind == _type(option) and (kind != "object" or _tags(option).items() <= value.items())


def _is_fixed(option: dict[str, Any]) -> bool:
    """Tell whether nothing else can be said: of one choice, as long as no blueprint adds another."""
    return len([one for one in option.get("enum", (1, 2)) if one is not None]) == 1


def _others(option: dict[str, Any], value: Value) -> list[Value]:
    """Return what might stand in a value's place, by the schema alone: a few, since one that matters is enough."""
    if "enum" in option:
        made = [one for one in option["enum"] if one is not None]
    elif isinstance(value, bool):
        made = [not value]
    elif isinstance(value, int):
        made = [one for one in (value + 1, value - 1) if option["minimum"] <= one <= option["maximum"]]
    else:
        texts = (*known(option), *option.get("examples", ()), f"{value}x", value.replace("e", "i"))
        made = [one for one in texts if len(one) <= option["maxLength"] and re.search(option["pattern"], one)]
    return [one for one in dict.fromkeys(made) if one != value]
