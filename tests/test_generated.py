"""Systems that nobody thought of are rendered and verified, and the exported JSON Schema says what may be declared."""

import copy
import json

import jsonschema
import pytest
from click.testing import CliRunner
from generated import settled, systems
from graph.test_intent import applied
from graph.test_intent import check as same_graph
from harness import EXAMPLES, app, documents
from hypothesis import given, settings

from scaffold.answers.exported import json_schema
from scaffold.answers.load import from_documents
from scaffold.cli.main import cli
from scaffold.documents.reading import read
from scaffold.errors import AnswersError
from scaffold.verify import verify


@pytest.fixture(scope="session")
def valid(catalog):
    """Tell whether the exported schema takes a document."""
    readers = (jsonschema.Draft7Validator, jsonschema.Draft202012Validator)
    made = {kind: [reader(json_schema(catalog.kinds, kind)) for reader in readers] for kind in catalog.kinds}
    for validators in made.values():
        for validator in validators:
            validator.check_schema(validator.schema)

    def judge(value):
        """Forms read draft 7, editors 2020-12: both have to say the same."""
        [verdict] = {validator.is_valid(value) for validator in made[value["kind"]]}
        return verdict

    return judge


@pytest.fixture(scope="session")
def generated(catalog):
    return systems(catalog)


def test_what_is_accepted_passes_verification(catalog, valid, generated):
    """Whatever a person may declare, the answer is a bundle that holds, or a problem with its place: never a finding.

    And what `scaffold graph` draws of the bundle is what it draws of the answers, though it knows nothing of them.
    """
    count = 0

    @settings(max_examples=25)
    @given(generated)
    def property_(values):
        nonlocal count
        left, run = settled(catalog, values)
        if count % 2 == 0:
            same_graph(run.system, applied(run), with_twins=count % 10 == 0)
        count += 1
        verify(run.bundle, run.system)
        assert all(map(valid, left))
        assert len(run.answers.apps) == sum(value["kind"] == "App" for value in left)

    property_()
    assert count >= 25


def test_examples_fit_the_schema(valid):
    documents_ = [
        one for path in EXAMPLES for file in path.glob("*.yaml") for one in read(file.read_bytes(), str(file))[0]
    ]
    assert len(documents_) > 2
    assert all(valid(document.value) for document in documents_)


WRONG = {
    "an unknown field": lambda spec: spec.update(imagee="x"),
    "a port for root": lambda spec: spec["ports"]["http"].update(port=80),
    "no image": lambda spec: spec.pop("image"),
    "a name with capitals": lambda spec: spec["ports"].update(HTTP={"port": 8081}),
    "two kinds of caller": lambda spec: spec["from"][0].update(cidr="10.0.0.0/16"),
    "no kind of caller": lambda spec: spec["from"][0].pop("app"),
    "bounds without the most": lambda spec: spec["workload"].update(replicas={"min": 2}),
    "a target that is never reached": lambda spec: spec["workload"].update(replicas={"min": 2, "max": 3, "cpu": 91}),
    "a list of numbers": lambda spec: spec["workload"].update(replicas=[2, 3]),
    "a number as text": lambda spec: spec["workload"].update(replicas="3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_schema_refuses_what_load_refuses(catalog, valid, name):
    value = app(ports={"http": {"port": 8080}}, workload={}, **{"from": [{"app": "web", "port": "http"}]})
    assert valid(value)
    broken = copy.deepcopy(value)
    WRONG[name](broken["spec"])
    assert not valid(broken)
    with pytest.raises(AnswersError):
        from_documents(documents(broken), catalog)


def test_the_command_prints_the_schema(catalog):
    for kind in ("app", "platform"):
        done = CliRunner().invoke(cli, ["schema", kind])
        assert done.exit_code == 0
        assert json.loads(done.stdout) == json_schema(catalog.kinds, kind.capitalize())
    assert "vault" in json.dumps(json_schema(catalog.kinds, "Platform"))
