"""The schema of what changes a document: RFC 7396 in the terms of the document's own schema.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import Any

_NULL = {"type": "null"}
_WHOLE = ("minProperties", "required", "oneOf", "default")
_WORDS = ("title", "description", "examples")


def change_of(name: str, parts: dict[str, Any], without: str) -> dict[str, dict[str, Any]]:
    """Return the parts of a schema that describe changes of one of its parts, by their names.

    Nothing has to be there, null takes away, and a list is replaced as a whole.

    Args:
        name: which part; what it leads to by mappings can be changed entry by entry, too.
        parts: the schema's `$defs`.
        without: the field of that part that cannot be changed.
    """
    changes = _Changes(parts)
    changes.part(name, without)
    return changes.made


class _Changes:
    """The parts that were made so far, by their names."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self._parts = parts
        self.made: dict[str, dict[str, Any]] = {}

    def part(self, name: str, without: str = "") -> str:
        called = f"{name}Change"
        if called not in self.made:
            self.made[called] = {}  # a part may lead to itself
            part = self._parts[name]
            fields = {key: self._field(value) for key, value in part["properties"].items() if key != without}
            rest = {key: value for key, value in part.items() if key not in _WHOLE}
            self.made[called] = {**rest, "properties": fields}
        return f"#/$defs/{called}"

    def _field(self, schema: dict[str, Any]) -> dict[str, Any]:
        # A form fills a default in: it would be a change.
        example = {"examples": [schema["default"]]} if "default" in schema else {}
        return {**example, **_or_null(self._bare(schema))}

    def _bare(self, schema: dict[str, Any]) -> dict[str, Any]:
        rest = {key: value for key, value in schema.items() if key not in _WHOLE}
        if "$ref" in rest:
            return {**rest, "$ref": self.part(rest["$ref"].rpartition("/")[2])}
        if "anyOf" in rest:
            return {**rest, "anyOf": [self._bare(one) for one in rest["anyOf"]]}
        if isinstance(rest.get("additionalProperties"), dict):
            return {**rest, "additionalProperties": _or_null(self._bare(rest["additionalProperties"]))}
        return rest


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that null fits, too."""
    if any(_takes_null(one) for one in schema.get("anyOf", [schema])):
        return schema
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], _NULL]}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    words = {key: value for key, value in schema.items() if key in _WORDS}
    return {**words, "anyOf": [{key: value for key, value in schema.items() if key not in _WORDS}, _NULL]}


def _takes_null(option: dict[str, Any]) -> bool:
    return option == _NULL or None in option.get("enum", ()) or "null" in option.get("type", ())
