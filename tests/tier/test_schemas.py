"""How schemas are made strict: known fields only, and nothing more than what the API server refuses."""

import pytest
from conformance.schemas import strict

FIELDS = {"type": "object", "properties": {"a": {"type": "string", "description": "words"}}}
CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        pytest.param(FIELDS, CLOSED, id="known-fields"),
        pytest.param({"type": "array", "items": FIELDS}, {"type": "array", "items": CLOSED}, id="items"),
        pytest.param(
            {"type": "object", "additionalProperties": FIELDS},
            {"type": "object", "additionalProperties": CLOSED},
            id="values-of-a-mapping",
        ),
        pytest.param({"type": "object"}, {"type": "object"}, id="no-known-fields"),
        pytest.param(FIELDS | {"x-kubernetes-preserve-unknown-fields": True}, OPEN, id="unknown-fields-are-kept"),
        # What is said once more of fields that are declared beside it must not close the object to the others.
        pytest.param(FIELDS | {"oneOf": [FIELDS], "not": FIELDS}, CLOSED | {"oneOf": [OPEN], "not": OPEN}, id="said-again"),
        pytest.param({"type": "string", "nullable": True}, {"type": ["string", "null"]}, id="null"),
        pytest.param({"x-kubernetes-int-or-string": True}, {"type": ["integer", "string"]}, id="port"),
        pytest.param(
            FIELDS | {"x-kubernetes-embedded-resource": True},
            CLOSED | {"properties": {"apiVersion": {}, "kind": {}, "metadata": {}, "a": {"type": "string"}}},
            id="an-object-inside-an-object",
        ),
    ],
)  # fmt: skip
def test_a_schema_is_made_strict(schema, made):
    assert strict(schema) == made
