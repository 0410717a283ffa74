"""Each feature of kustomizations, and trees composed of them at random, are evaluated as kustomize builds them."""

import copy
import json

import pytest
from kustomize.cases import CASES, REFUSED, case, write
from kustomize.comparison import compared, told
from kustomize.generated import tree

from scaffold.kustomize.build import build

pytestmark = pytest.mark.programs("kustomize")

TREES = 120
TOGETHER = 10


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_evaluated_as_it_is_built(run, name, proof, tmp_path):
    real, ours, problems = compared(run, write(CASES[name], tmp_path))
    assert (ours, problems) == (real, [])
    proof("kustomize", "a case for each feature", "accepted")


@pytest.mark.parametrize("name", REFUSED)
def test_what_kustomize_refuses_is_refused(run, name, proof, tmp_path):
    real, _, problems = compared(run, write(REFUSED[name], tmp_path))
    assert real is None
    assert problems
    proof("kustomize", "a case for each feature", "twin_refused")


def test_trees_composed_at_random_are_evaluated_as_they_are_built(run, proof, tmp_path):
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
        real, ours, problems = compared(run, write({"kustomization.yaml": listed}, whole))
        assert (ours, problems) == (real, [])
        built += len(numbers)
        refused = next((number for number in range(first, first + TOGETHER) if number not in numbers), None)
        assert refused is None or compared(run, whole / f"t{refused}/top")[0] is None
    assert built > TREES / 2
    proof("kustomize", f"{TREES} trees composed at random", "accepted")


def test_a_tree_with_one_tweak_is_found_to_differ(run, proof, tmp_path):
    """What is compared can differ in anything: an object, a value, an order."""
    real, ours, _ = compared(run, write(case("namePrefix: a-\n"), tmp_path))
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
