"""`scaffold krm`: what a caller of functions gets; Kustomize itself is asked in the conformance tier."""

import json

import pytest
import yaml
from click.testing import CliRunner
from harness import app, dump, platform

from scaffold.cli.main import cli
from scaffold.errors import AnswersError, QuestionError

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}, "data": {"a": "b"}}


@pytest.fixture
def krm(installed):
    def call(*items, config=None, arguments=(), text=None):
        asked = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": list(items)}
        given = text if text is not None else dump(asked | ({"functionConfig": config} if config else {}))
        return CliRunner().invoke(cli, ["krm", *arguments], input=given, env=installed, standalone_mode=False)

    return call


def noted(document, **notes):
    """Return an item as a caller hands it over, with its own notes on it."""
    return {**document, "metadata": {**document["metadata"], "annotations": notes}}


FROM_A_FILE = {"config.kubernetes.io/path": "app.yaml", "internal.config.kubernetes.io/index": "0"}


def test_answers_are_taken_out_and_everything_else_passes_through(krm):
    done = krm(
        CONFIG, noted(app(ports={"http": {"port": 8080}}), **FROM_A_FILE), platform(), arguments=["--scope", "app"]
    )
    made = json.loads(done.stdout)
    assert made["items"][0] == CONFIG
    placed = {item["metadata"]["annotations"]["config.kubernetes.io/path"] for item in made["items"][1:]}
    assert "apps/shop/api/base/deployment.yaml" in placed
    assert all(item["apiVersion"] != "scaffold/v1" for item in made["items"])


def test_the_function_s_configuration_may_be_the_app(krm):
    function = {"config.kubernetes.io/function": "exec: {path: scaffold}"}
    made = json.loads(krm(config=noted(app(), **function)).stdout)
    assert {"Namespace", "Deployment"} < {item["kind"] for item in made["items"]}


def test_what_is_wrong_is_told_with_its_file_and_nothing_is_made(krm):
    done = krm(CONFIG, noted(app(prots={}), **FROM_A_FILE))
    assert isinstance(done.exception, AnswersError)
    made = json.loads(done.stdout)
    assert made["items"] == [CONFIG]
    [result] = made["results"]
    assert (result["severity"], result["file"]) == ("error", {"path": "app.yaml"})
    assert "spec.prots: unknown key" in result["message"]


def test_notes_of_a_person_are_not_swallowed(krm):
    done = krm(noted(app(), **{"example.com/mine": "x"}))
    assert isinstance(done.exception, AnswersError)
    assert "annotations: unknown key" in str(done.exception)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([CONFIG], "no App"),
        ([app(), platform(), {**platform(), "metadata": {"name": "other"}}], "more than one Platform"),
    ],
    ids=["no App", "two Platforms"],
)
def test_what_cannot_be_one_base_is_refused(krm, items, said):
    done = krm(*items)
    assert isinstance(done.exception, QuestionError)
    assert said in str(done.exception)


@pytest.mark.parametrize(
    "text", ["", "a: 1\n", "[", "items: []\n---\nitems: []\n", yaml.dump({"kind": "List", "items": []})]
)
def test_what_is_no_list_of_resources_is_refused(krm, text):
    done = krm(text=text)
    assert isinstance(done.exception, AnswersError)
    assert done.stdout == ""


@pytest.mark.parametrize("items", ["x", {"a": 1}, [None], [[1]], ["a"], [{"apiVersion": ["scaffold/v1"]}]])
def test_items_that_are_none_end_in_no_traceback(krm, items):
    done = krm(text=dump({"kind": "ResourceList", "items": items}))
    assert isinstance(done.exception, (AnswersError, QuestionError))


TWO = {"http": {"port": 8080}, "admin": {"port": 8081}}


def test_no_probe_asks_whichever_port_is_sorted_first(krm):
    done = krm(app(ports=TWO, health={"ready": {"http": "/readyz"}}))
    assert "spec.health.ready: callers of functions keep no order of keys, so that no port is the first" in str(
        done.exception
    )
    assert krm(app(ports=TWO, health={"ready": {"http": "/readyz", "port": "http"}})).exception is None


@pytest.mark.parametrize("kind", ["init", "sidecars"])
def test_nothing_is_started_in_an_order_that_nobody_wrote(krm, kind):
    def started(*names):
        return {name: {"command": ["/app/one"], "image": "registry.example.com/one:1"} for name in names}

    done = krm(app(**{kind: started("one", "two")}))
    assert f"spec.{kind}: callers of functions keep no order of keys, in which these start" in str(done.exception)
    assert krm(app(**{kind: started("one")})).exception is None
