"""cyclonus and our own evaluator judge every pair of pods and addresses alike, on every port; ours equals the edges.

Strangers and the pods of others are among them, and the requests are applied, too: whatever is rendered is judged.
"""

from functools import partial

import pytest
from conformance.cyclonus.judge import evaluation_of, is_network_policy, ours, probes_of, theirs
from conformance.helpers import differences, objects, paths, tweak, twin
from harness import loaded, run_answers

from scaffold.answers.load import load
from scaffold.reach.intent import STRANGER

pytestmark = pytest.mark.programs("cyclonus")


def files(bundle):
    return [*paths(bundle), *sorted((bundle / "requests").rglob("*.yaml"))]


@pytest.fixture(scope="module")
def system(catalog, example):
    return run_answers(catalog, *load([example], catalog)).system


@pytest.fixture(scope="module")
def evaluation(system, example):
    return evaluation_of(system, objects(files(example / "bundle")))


@pytest.fixture(scope="module")
def probes(example):
    return probes_of(objects(files(example / "bundle")))


@pytest.fixture
def ask(talk, evaluation):
    """Return what cyclonus says of a bundle's policies."""
    return lambda bundle, probes: theirs(talk("cyclonus"), evaluation, objects(files(bundle)), probes)


def test_both_judge_alike_and_as_meant(ask, evaluation, probes, system, example, proof):
    """The halves of our own pods equal the edges in `compare`; each half, and both together, is what cyclonus says."""
    assert differences(system, objects(paths(example / "bundle"))) == []
    mine, other = ours(evaluation, probes), ask(example / "bundle", probes)
    assert mine
    assert sorted(mine ^ other)[:20] == []
    proof("cyclonus", example, "accepted")


def reached(ask, bundle, evaluation, system, probes):
    """Return which unlabelled pods of App namespaces have any flow, by cyclonus: nothing but default-deny stops them."""
    pods = evaluation.universe.pods
    bare = {number for number, pod in enumerate(pods) if pod.namespace in system.namespaces and pod.name == STRANGER}
    assert bare
    flows = {(source, target) for table, source, target, *_ in ask(bundle, probes) if table == "Combined"}
    return {one for flow in flows for one in bare.intersection(flow)}


def test_a_pod_that_nobody_declared_reaches_nothing(ask, evaluation, system, example, proof, tmp_path):
    """Its twin: without the default denials it reaches whatever is open."""
    probes = [("TCP", 443), ("UDP", 53)]
    assert reached(ask, example / "bundle", evaluation, system, probes) == set()
    broken = twin(example / "bundle", tmp_path)
    for path in broken.rglob("default-deny.yaml"):
        path.unlink()
    assert reached(ask, broken, evaluation, system, probes)
    proof("cyclonus", example, "twin_refused")


def move(side, value):
    """Open the next port instead of the one that was meant."""
    value["spec"][side][0]["ports"][0]["port"] += 1


def test_one_changed_port_is_noticed(ask, evaluation, example, proof, tmp_path):
    """In each policy that opens any port."""
    for path in files(example / "bundle"):
        value = loaded(path.read_text("utf-8"))
        spec = (value.get("spec") or {}) if is_network_policy(value) else {}
        rules = [side for side in ("ingress", "egress") if spec.get(side)]
        if not rules:
            continue
        side, number = rules[0], spec[rules[0]][0]["ports"][0]["port"]
        broken = twin(example / "bundle", tmp_path / path.parent.parent.name / path.stem)
        tweak(broken / path.relative_to(example / "bundle"), partial(move, side))
        probes = [(protocol, one) for protocol in ("TCP", "UDP", "SCTP") for one in (number, number + 1)]
        assert ask(broken, probes) != ours(evaluation, probes), path
        assert ask(example / "bundle", probes) == ours(evaluation, probes), path
    proof("cyclonus", example, "twin_refused")
