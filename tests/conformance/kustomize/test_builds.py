"""What is evaluated of a kustomization is what kustomize builds: every example, every case, and trees composed at random."""

import copy
import json

import pytest
from conformance.helpers import twin
from harness import loaded_all
from kustomize.cases import CASES, REFUSED, case, write
from kustomize.generated import tree

from scaffold.kustomize.build import build

pytestmark = pytest.mark.programs("kustomize")

TREES = 120
TOGETHER = 10


def spelled(value):
    """Return a value as JSON has it: 1.0 is 1."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def told(values):
    """Return objects in their order; what is in a Secret is not told, its name (which hashes it) is."""
    without = [
        {**one, "data": dict.fromkeys(one["data"], "")} if one["kind"] == "Secret" and one.get("data") else one
        for one in values
    ]
    return [json.dumps(spelled(one), sort_keys=True) for one in without]


@pytest.fixture
def compared(run):
    """Return what kustomize builds and what is evaluated, and the problems; nothing of what kustomize refuses."""

    def compared_(folder):
        done, made = run("kustomize", "build", folder), build(folder)
        real = told(loaded_all(done.stdout)) if done.returncode == 0 else None
        return real, told([document.value for document in made.documents]), made.problems

    return compared_


def test_every_example_is_evaluated_as_it_is_built(compared, example, proof):
    real, ours, problems = compared(example / "bundle")
    assert (ours, problems) == (real, [])
    proof("kustomize", example, "accepted")


def test_an_object_with_one_tweak_is_found_to_differ(compared, example, proof, tmp_path):
    """A patch that the one reads, and the other does not."""
    broken = twin(example / "bundle", tmp_path)
    real, _, _ = compared(broken)
    index = broken / "kustomization.yaml"
    index.write_text(
        index.read_text()
        + 'patches:\n  - target: {kind: NetworkPolicy}\n    patch: \'[{"op": "add", "path": "/spec/ingress", "value": [{}]}]\'\n'
    )
    tweaked, ours, problems = compared(broken)
    assert problems == []
    assert ours == tweaked != real
    proof("kustomize", example, "twin_refused")


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_evaluated_as_it_is_built(compared, name, proof, tmp_path):
    real, ours, problems = compared(write(CASES[name], tmp_path))
    assert (ours, problems) == (real, [])
    proof("kustomize", "a case for each feature", "accepted")


@pytest.mark.parametrize("name", REFUSED)
def test_what_kustomize_refuses_is_refused(compared, name, proof, tmp_path):
    real, _, problems = compared(write(REFUSED[name], tmp_path))
    assert real is None
    assert problems
    proof("kustomize", "a case for each feature", "twin_refused")


def test_trees_composed_at_random_are_evaluated_as_they_are_built(compared, proof, tmp_path):
    """Many are built as one, since that takes less; one that kustomize refuses is refused by both."""
    built = 0
    for first in range(0, TREES, TOGETHER):
        whole = tmp_path / str(first)
        numbers = [
            number
            for number in range(first, first + TOGETHER)
            if not build(write(tree(number), whole) / f"t{number}/top").problems
        ]
        listed = json.dumps({"resources": [f"t{number}/top" for number in numbers]})
        real, ours, problems = compared(write({"kustomization.yaml": listed}, whole))
        assert (ours, problems) == (real, [])
        built += len(numbers)
        refused = next((number for number in range(first, first + TOGETHER) if number not in numbers), None)
        assert refused is None or compared(whole / f"t{refused}/top")[0] is None
    assert built > TREES / 2
    proof("kustomize", f"{TREES} trees composed at random", "accepted")


def test_a_tree_with_one_tweak_is_found_to_differ(compared, proof, tmp_path):
    """What is compared can differ in anything: an object, a value, an order."""
    real, ours, _ = compared(write(case("namePrefix: a-\n"), tmp_path))
    assert ours == real
    for tweak in (
        lambda values: values[0].update(kind="x"),
        lambda values: values.pop(),
        lambda values: values.reverse(),
    ):
        values = [json.loads(one) for one in copy.deepcopy(ours)]
        tweak(values)
        assert told(values) != real
    proof("kustomize", f"{TREES} trees composed at random", "twin_refused")
