"""The schema of a kind of document as JSON Schema (2020-12): for editors, forms and generators.

Exact for every value by itself. What depends on others, such as whether a named port exists, is for `load` to say.

May import: answer, extended (types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from scaffold.answers.answer import Answer

if TYPE_CHECKING:
    from scaffold.answers.extended import Kinds

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kinds: Kinds, kind: str) -> dict[str, Any]:
    """Return the JSON Schema of documents of a kind, `App` or `Platform`, with what blueprints add to it."""
    (schema,), parts = msgspec.json.schema_components([kinds[kind]], ref_template="#/$defs/{name}")
    for answer in _answers(Answer):
        if answer.ONE_OF and answer.__name__ in parts:
            parts[answer.__name__]["oneOf"] = [_given(name, answer) for name in answer.ONE_OF]
    return {"$schema": _DIALECT, **schema, "$defs": parts}


def _given(name: str, answer: type[Answer]) -> dict[str, Any]:
    """Say that one field is there and the others of its group are not; null is as good as nothing."""
    null = {"type": "null"}
    others = {other: null for other in answer.ONE_OF if other != name}
    return {"required": [name], "properties": {name: {"not": null}, **others}}


def _answers(base: type[Answer]) -> list[type[Answer]]:
    return [base, *(one for part in base.__subclasses__() for one in _answers(part))]
