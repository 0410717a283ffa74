"""The schema of a kind of document as JSON Schema: for editors, forms and generators.

Exact for every value by itself. What depends on others, such as whether a named port exists, is for `load` to say.
It is written in what draft 7 and 2020-12 share, since forms and editors read the one or the other: beside a `$ref`,
which draft 7 takes alone, stand only words for people.

May import: schema, described, changed, field, answer and extended (types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import NODEFAULT, inspect

from scaffold.answers.changed import change_of
from scaffold.answers.described import EXAMPLES, FIELDS
from scaffold.answers.field import Field, label
from scaffold.answers.schema import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.answer import Answer
    from scaffold.answers.extended import Kinds

_DIALECT = "http://json-schema.org/draft-07/schema#"
_NULL = {"type": "null"}

EXPECTED = "Expected: "
"""Between what a field means and what its value has to be, which messages call it, too."""


def json_schema(kinds: Kinds, kind: str) -> dict[str, Any]:
    """Return the JSON Schema of documents of a kind, `App` or `Platform`, with what blueprints add to it."""
    _, parts = msgspec.json.schema_components([kinds[kind]], ref_template="#/$defs/{name}")
    for info in {info.cls: info for info in _structs(inspect.type_info(kinds[kind]))}.values():
        _describe(parts[info.cls.__name__], info)
    for part in parts.values():
        for schema in part["properties"].values():
            if not schema.keys() & {"examples", "enum", "default"} or schema.get("default") == {}:
                schema.setdefault("examples", _examples(schema, parts))
    if kind == "App":
        parts |= change_of("AppSpec", parts, "environments")
        parts["AppSpec"]["properties"]["environments"]["additionalProperties"] = {"$ref": "#/$defs/AppSpecChange"}
    head = {"$schema": _DIALECT, "$id": f"urn:kubescaffold:{API_VERSION.replace('/', ':')}:{kind.lower()}"}
    return {**head, **parts.pop(kind), "examples": [EXAMPLES[kind]], "$defs": parts}


def _describe(part: dict[str, Any], info: inspect.StructType) -> None:
    answer: Any = info.cls
    fields, words = part["properties"], _words(answer)
    part["title"] = label(part["title"])
    for entry in info.fields:
        fields[entry.encode_name] = _property(fields[entry.encode_name], entry, words[entry.encode_name])
    if info.tag_field is not None:
        fields[info.tag_field] = _named(fields[info.tag_field], words[info.tag_field])
    if answer.ONE_OF:
        part["oneOf"] = [_given(name, answer) for name in answer.ONE_OF]


def _structs(info: inspect.Type) -> Iterator[inspect.StructType]:
    """Yield the structs that a type is made of, itself included."""
    if isinstance(info, inspect.StructType):
        yield info
        inner = [entry.type for entry in info.fields]
    elif isinstance(info, inspect.UnionType):
        inner = list(info.types)
    elif isinstance(info, inspect.DictType):
        inner = [info.value_type]
    elif isinstance(info, inspect.ListType):
        inner = [info.item_type]
    else:
        inner = [info.type] if isinstance(info, inspect.Metadata) else []
    for part in inner:
        yield from _structs(part)


def _words(answer: type[Answer]) -> dict[str, Field]:
    """Return what is said of the fields of a type, by their names in documents."""
    made: dict[str, Field] = {}
    for base in reversed(answer.__mro__):
        made |= {**FIELDS.get(base.__name__, {}), **getattr(base, "FIELDS", {})}
    return made


def _property(schema: dict[str, Any], entry: inspect.Field, words: Field) -> dict[str, Any]:
    schema = _flat(schema)
    schema.pop("default", None)
    default = entry.default if entry.default_factory is NODEFAULT else entry.default_factory()
    # No default, and null, which is as good as nothing: a form would fill it in.
    if default is not NODEFAULT and default is not None:
        schema["default"] = _without_nulls(msgspec.to_builtins(default))
    return _named(schema, words)


def _named(schema: dict[str, Any], words: Field) -> dict[str, Any]:
    expected = " or ".join(
        dict.fromkeys(one["description"] for one in (schema, *schema.get("anyOf", ())) if "description" in one)
    )
    text = f"{words.text} {EXPECTED}{expected}." if expected else words.text
    rest = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    if words.example is not None:
        rest["examples"] = [words.example]
    elif "default" in rest:
        rest.pop("examples", None)  # a word's own, which has nothing to do with this field
    return {"title": words.title, "description": text, **rest}


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """Say "or null" in a word's own type: of two alternatives a form makes a choice for people to puzzle over.

    Of alternatives that are meant each is named, as the choice that a form offers. Where blueprints offer several, they
    stand beside "or null", not below it.
    """
    options: list[dict[str, Any]] = [one for one in schema.get("anyOf", ()) if one != _NULL]
    if options and "anyOf" in options[0]:
        return {**schema, "anyOf": [*options[0]["anyOf"], _NULL]}
    if not options or "$ref" in options[0]:
        return schema
    if len(options) < len(schema["anyOf"]):
        options[0] = _or_null(options[0])
    if len(options) == 1:
        return options[0]
    return {**schema, "anyOf": [one if "$ref" in one else {"title": _title(one), **one} for one in options]}


def _or_null(option: dict[str, Any]) -> dict[str, Any]:
    if "enum" in option:
        return {**option, "enum": [*option["enum"], None]}
    return {**option, "type": [option["type"], "null"]}


def _title(option: dict[str, Any]) -> str:
    if "enum" in option:
        return label(" or ".join(map(str, option["enum"])))
    return "A number" if "integer" in option.get("type", ()) else "A name"


def _examples(schema: dict[str, Any], parts: dict[str, Any]) -> list[Any]:
    """Return the least that may stand where a schema leads to others: an example for each of them."""
    if "additionalProperties" in schema:
        [name] = schema["propertyNames"]["examples"]
        return [{name: example} for example in _examples(schema["additionalProperties"], parts)]
    found = []
    for option in schema.get("anyOf", [schema]):
        if "$ref" in option:
            part = parts[option["$ref"].rpartition("/")[2]]
            fields = {name: part["properties"][name] for name in part["required"]}
            found.append({name: (field.get("examples") or field["enum"])[0] for name, field in fields.items()})
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _given(name: str, answer: type[Answer]) -> dict[str, Any]:
    """Say that one field is there and the others of its group are not; null is as good as nothing."""
    others = {other: _NULL for other in answer.ONE_OF if other != name}
    return {"required": [name], "properties": {name: {"not": _NULL}, **others}}
