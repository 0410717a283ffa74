"""The exported schema fills an editor's hints and a form: no field without words, no example that is refused."""

import json
import re

import jsonschema
import pytest
from harness import documents, write_blueprint

from scaffold.answers.described import EXAMPLES, FIELDS
from scaffold.answers.exported import EXPECTED, json_schema
from scaffold.answers.load import from_documents
from scaffold.catalog import builtin, scan
from scaffold.errors import BlueprintError


@pytest.fixture(scope="session")
def schemas(catalog):
    return {kind: json_schema(catalog.kinds, kind) for kind in catalog.kinds}


def properties(schema):
    for name, part in {schema["title"]: schema, **schema["$defs"]}.items():
        for key, value in part["properties"].items():
            yield f"{name}.{key}", value


def shortcomings(schema):
    """Yield what a form could not show of a schema."""
    for path, value in properties(schema):
        if not re.fullmatch(r"(?:[A-Z]|gRPC)[\w ]{1,39}", value.get("title", "")):
            yield f"{path}: no label: {value.get('title')}"
        if not re.match(r"[\w`].{8,}\.( |$)", value.get("description", "")):
            yield f"{path}: no sentence: {value.get('description')}"
        if not value.keys() & {"examples", "default", "enum"} or value.get("examples") == []:
            yield f"{path}: neither example nor default nor choices"
        for example in [*value.get("examples", ()), *([value["default"]] if "default" in value else ())]:
            validator = jsonschema.Draft7Validator({"$defs": schema["$defs"], "allOf": [value]})
            yield from (f"{path}: {error.message}" for error in validator.iter_errors(example))


@pytest.mark.parametrize("kind", ["App", "Platform"])
def test_every_field_has_words_and_an_example_that_fits(schemas, kind):
    assert list(shortcomings(schemas[kind])) == []
    assert schemas[kind]["$id"].endswith(kind.lower())


LOST = {
    "no title": (lambda field: field.pop("title"), "no label"),
    "a title in code": (lambda field: field.update(title="trust_domain!"), "no label"),
    "no description": (lambda field: field.pop("description"), "no sentence"),
    "no example": (lambda field: field.pop("examples"), "neither example"),
    "an example that does not fit": (lambda field: field.update(examples=["registry/Orders:1"]), "does not match"),
}


@pytest.mark.parametrize("name", LOST)
def test_a_field_without_words_is_noticed(schemas, name):
    schema = json.loads(json.dumps(schemas["App"]))
    change, message = LOST[name]
    change(schema["$defs"]["AppSpec"]["properties"]["image"])
    [found] = shortcomings(schema)
    assert message in found


def test_no_words_are_left_over(schemas):
    """Words of a field that is gone, or was renamed, describe nothing."""
    used = {path for schema in schemas.values() for path, _ in properties(schema)}
    inherited = {f"{heir}.{key}" for heir in ("Caller", "Callee") for key in FIELDS["Peer"]}
    assert inherited <= used
    said = {f"{name}.{key}" for name, fields in FIELDS.items() if name != "Peer" for key in fields}
    # What blueprints decide is in the schema only where one of them offers a choice.
    assert said <= used


def test_defaults_are_shown_down_to_the_leaves(schemas):
    spec = schemas["App"]["$defs"]["AppSpec"]["properties"]
    assert spec["workload"]["default"] == {"kind": "Deployment", "volumes": {}, "peers": []}
    assert spec["health"]["default"] == {}
    assert schemas["Platform"]["$defs"]["PlatformSpec"]["properties"]["dns"]["default"]["port"] == 53
    assert "default" not in spec["team"]


def test_a_field_says_what_it_is_for_then_what_is_expected(schemas):
    text = schemas["App"]["$defs"]["Port"]["properties"]["port"]["description"]
    assert text.startswith("Where the process listens")
    assert text.endswith(f"{EXPECTED}a port that the process listens on, 1024 to 65535.")


def test_what_may_be_null_is_no_choice_in_a_form(schemas):
    team = schemas["App"]["$defs"]["AppSpec"]["properties"]["team"]
    assert (team["type"], "anyOf" in team) == (["string", "null"], False)


def test_alternatives_are_named_as_a_form_offers_them(schemas):
    """A number or an object; that it may be left out is no third choice."""
    parts = schemas["App"]["$defs"]
    number, bounds = parts["Workload"]["properties"]["replicas"]["anyOf"]
    assert (number["title"], number["type"], number["maximum"]) == ("A number", ["integer", "null"], 1000)
    assert bounds == {"$ref": "#/$defs/Autoscaling"}  # of draft 7 nothing else may stand beside it
    assert (parts["Autoscaling"]["title"], parts["Autoscaling"]["required"]) == ("Autoscaling", ["min", "max"])
    assert [one["title"] for one in parts["Caller"]["properties"]["port"]["anyOf"]] == ["A name", "A number"]


def test_the_examples_of_whole_documents_load(catalog, schemas):
    [answers] = from_documents(documents(*EXAMPLES.values()), catalog)
    assert answers.apps[0].name == "orders"
    for kind, schema in schemas.items():
        jsonschema.Draft202012Validator(schema).validate(EXAMPLES[kind])
        assert schema["examples"] == [EXAMPLES[kind]]


DESCRIPTION = """\
title: Something with an answer of its own
why: It shows where an option's words go.
scope: app
options:
  - at: platform.backup
    text: What keeps copies
    fields:
      keepDays: {text: How long copies are kept, type: name, default: week, example: month}
"""


def test_an_options_words_are_its_blueprints(tmp_path):
    write_blueprint(tmp_path / "more" / "x" / "y", DESCRIPTION, "a.yaml", "a: b\n")
    parts = json_schema(scan(builtin(), tmp_path / "more").kinds, "Platform")["$defs"]
    section, field = parts["PlatformSpec"]["properties"]["backup"], parts["backup"]["properties"]["keepDays"]
    assert (section["title"], section["description"], section["default"]) == (
        "Backup",
        "What keeps copies.",
        {"keepDays": "week"},
    )
    assert (field["title"], field["examples"]) == ("Keep days", ["month"])
    assert field["description"].startswith(f"How long copies are kept. {EXPECTED}a name")


def test_an_options_example_has_to_fit(tmp_path):
    write_blueprint(tmp_path / "x" / "y", DESCRIPTION.replace("month", "-"), "a.yaml", "a: b\n")
    with pytest.raises(BlueprintError, match=r"platform\.backup"):
        scan(tmp_path)
