"""What is evaluated of a tree is what kustomize builds of it."""

import pytest
from conformance.helpers import twin
from kustomize.comparison import compared

pytestmark = pytest.mark.programs("kustomize")


def test_every_example_is_evaluated_as_it_is_built(run, example, proof):
    real, ours, problems = compared(run, example / "bundle")
    assert (ours, problems) == (real, [])
    proof("kustomize", example, "accepted")


def test_an_object_with_one_tweak_is_found_to_differ(run, example, proof, tmp_path):
    """A patch that the one reads, and the other does not."""
    broken = twin(example / "bundle", tmp_path)
    real, _, _ = compared(run, broken)
    index = broken / "kustomization.yaml"
    index.write_text(
        index.read_text()
        + 'patches:\n  - target: {kind: NetworkPolicy}\n    patch: \'[{"op": "add", "path": "/spec/ingress", "value": [{}]}]\'\n'
    )
    tweaked, ours, problems = compared(run, broken)
    assert problems == []
    assert ours == tweaked != real
    proof("kustomize", example, "twin_refused")
