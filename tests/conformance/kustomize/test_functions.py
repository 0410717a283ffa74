"""A base is generated from an App's answers, where they are listed as resources, and is what `render` writes."""

import json
import sys

import pytest
from conformance.helpers import objects, ordered
from harness import ROOT, dump, loaded_all

pytestmark = pytest.mark.programs("kustomize")

ORDERS = ROOT / "examples/orders"
# Takes away a name from what the function answers: Kustomize cannot tell such an object from others.
NAMELESS = """
import json, subprocess, sys
made = json.loads(subprocess.run([sys.executable, "-m", "scaffold", *sys.argv[1:]], stdin=sys.stdin, capture_output=True).stdout)
del made["items"][0]["metadata"]["name"]
print(json.dumps(made))
"""


@pytest.fixture
def build(run, tmp_path):
    """Build a kustomization with answers among its resources, and this function as its transformer or generator."""

    def build_(program, *arguments, **lists):
        asked = {"exec": {"path": sys.executable, "args": [*program, "krm", *arguments]}}
        notes = {"config.kubernetes.io/function": json.dumps(asked)}
        function = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "scaffold", "annotations": notes}}
        (tmp_path / "scaffold.yaml").write_text(dump(function))
        for path in ORDERS.glob("*.yaml"):
            (tmp_path / path.name).write_text(path.read_text())
        resources = lists.pop("resources", [path.name for path in ORDERS.glob("*.yaml")])
        (tmp_path / "kustomization.yaml").write_text(
            dump({"resources": resources, "transformers": ["scaffold.yaml"], **lists})
        )
        return run("kustomize", "build", "--enable-alpha-plugins", "--enable-exec", tmp_path)

    return build_


def unordered(value):
    """Return an object with lists of mappings in one order: Kustomize sorts the keys of the answers it hands over."""
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return sorted(map(unordered, value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def test_answers_become_their_objects(build, proof):
    done = build(["-m", "scaffold"])
    assert done.returncode == 0, done.stderr
    kept = [path for top in ("apps", "namespaces") for path in (ORDERS / "bundle" / top).rglob("*.yaml")]
    wanted = objects(path for path in kept if path.name != "kustomization.yaml")
    assert ordered(map(unordered, loaded_all(done.stdout))) == ordered(map(unordered, wanted))
    proof("kustomize", "orders, by a function", "accepted")


def test_a_base_is_what_one_owner_keeps_beside_other_resources(build, tmp_path):
    (tmp_path / "more.yaml").write_text(dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}}))
    answers = [path.name for path in ORDERS.glob("*.yaml")]
    done = build(["-m", "scaffold"], "--scope", "app", resources=[*answers, "more.yaml"])
    kinds = {value["kind"]: value["metadata"]["name"] for value in loaded_all(done.stdout)}
    assert {"Deployment", "NetworkPolicy", "AuthorizationPolicy"} < kinds.keys()
    assert "Namespace" not in kinds
    assert kinds["ConfigMap"] == "more" or "more" in done.stdout


def test_an_answer_without_a_name_is_refused(build, proof):
    done = build(["-c", NAMELESS])
    assert done.returncode != 0
    assert "missing metadata.name" in done.stderr
    proof("kustomize", "orders, by a function", "twin_refused")


def test_answers_that_cannot_be_used_stop_the_build(build, tmp_path):
    """Nothing of what is wrong is built, and the message is ours."""
    (tmp_path / "bad.yaml").write_text(
        dump({"apiVersion": "scaffold/v1", "kind": "App", "metadata": {"name": "bad", "namespace": "shop"}, "spec": {}})
    )
    done = build(["-m", "scaffold"], resources=["bad.yaml"])
    assert (done.returncode, done.stdout) == (1, "")
    assert 'App bad: spec: "image" is missing' in done.stderr
