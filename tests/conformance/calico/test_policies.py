"""Calico takes each policy, and its calculation graph judges each pair of pods and addresses as we do."""

import copy

import pytest
from conformance.calico.judge import evaluation_of, judged, nodes_of, theirs
from conformance.cilium.test_policies import first_port
from conformance.cyclonus.judge import ours, probes_of
from conformance.helpers import objects, paths
from harness import run_answers

from scaffold.answers.load import load

pytestmark = pytest.mark.programs("calico")


@pytest.fixture(scope="module")
def system(catalog, example):
    return run_answers(catalog, *load([example], catalog)).system


@pytest.fixture(scope="module")
def values(example):
    return objects(paths(example / "bundle"))


@pytest.fixture
def both(talk, system):
    """Return both judgements of some objects, and what Calico refuses of them."""

    def ask(values, probes):
        evaluation = evaluation_of(system, values)
        verdict = theirs(talk("calico"), nodes_of(evaluation), values, probes)
        hosts = len(evaluation.universe.pods) + len(evaluation.universe.nets)  # of names Calico knows nothing
        mine = {one for one in ours(evaluation, probes) if max(one[1:3]) < hosts}
        return mine, {one for one in verdict.allowed if max(one[1:3]) < hosts}, verdict.refused

    return ask


def test_both_judge_alike(both, values, example, proof):
    mine, other, refused = both(values, probes_of(values, steps=(0, 1)))
    assert refused == {}
    assert mine
    assert sorted(mine ^ other)[:20] == []
    proof("calico", example, "accepted")


def test_one_changed_port_is_noticed_by_both(both, values, example, proof):
    """In each policy that opens any port."""
    policies = judged(values)
    for number, value in enumerate(values):
        port = next(first_port(value), None) if value in policies else None
        if port is None:
            continue
        broken = copy.deepcopy(values)
        changed = next(first_port(broken[number]))
        changed["port"] += 1
        if "endPort" in changed:
            changed["endPort"] += 1
        probes = [(protocol, port["port"] + step) for protocol in ("TCP", "UDP", "SCTP") for step in (0, 1)]
        mine, other, _ = both(broken, probes)
        assert sorted(mine ^ other)[:20] == []
        assert other != both(values, probes)[1]
    proof("calico", example, "twin_refused")
