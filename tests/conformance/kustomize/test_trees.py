"""Every tree is built without a warning, and no object is changed by it."""

import pytest
from conformance.helpers import objects, ordered, paths, twin
from harness import loaded_all

pytestmark = pytest.mark.programs("kustomize", "kubectl")


@pytest.fixture(params=["kustomize", "kubectl"])
def program(request):
    return request.param


@pytest.fixture
def build(run, program):
    return lambda folder: run(program, {"kustomize": "build", "kubectl": "kustomize"}[program], folder)


def test_every_tree_is_built_as_it_is(build, program, example, proof):
    trees = sorted(path.parent for path in (example / "bundle").rglob("kustomization.yaml"))
    assert len(trees) >= 4
    for folder in trees:
        done = build(folder)
        assert (done.returncode, done.stderr) == (0, ""), folder
        assert ordered(loaded_all(done.stdout)) == ordered(objects(paths(folder))), folder
    proof(program, example, "accepted")


def test_labels_that_reach_into_selectors_are_noticed(build, program, example, proof, tmp_path):
    """`commonLabels` changes what peers are selected by: the flow to them would be shut."""
    broken = twin(example / "bundle", tmp_path)
    with (broken / "kustomization.yaml").open("a") as index:
        index.write("commonLabels: {twin: broken}\n")
    done = build(broken)
    assert "'commonLabels' is deprecated" in done.stderr
    assert ordered(loaded_all(done.stdout)) != ordered(objects(paths(broken)))
    proof(program, example, "twin_refused")


def test_a_missing_file_is_refused(build, example, tmp_path):
    broken = twin(example / "bundle", tmp_path)
    next(broken.rglob("network-policy.yaml")).unlink()
    assert build(broken).returncode != 0
