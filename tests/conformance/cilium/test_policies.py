"""Cilium's own policy engine takes each policy, and judges each pair of pods, addresses and names as we do."""

import copy

import pytest
from conformance.cilium.judge import evaluation_of, learned, nodes_of, theirs
from conformance.cilium.judge import judged as enforced
from conformance.cyclonus.judge import ours, probes_of
from conformance.helpers import objects, paths
from harness import run_answers

from scaffold.answers.load import load

pytestmark = pytest.mark.programs("cilium")


@pytest.fixture(scope="module")
def system(catalog, example):
    return run_answers(catalog, *load([example], catalog)).system


@pytest.fixture(scope="module")
def values(example):
    return objects(paths(example / "bundle"))


@pytest.fixture
def judged(talk, system):
    """Return both judgements of some objects, and what Cilium drops of them."""

    def both(values, probes):
        evaluation = evaluation_of(system, values)
        nodes = nodes_of(evaluation)
        verdict = theirs(talk("cilium"), nodes, values, probes)
        return ours(evaluation, probes), learned(verdict, nodes, probes), verdict.refused

    return both


def test_both_judge_alike(judged, values, example, proof):
    mine, other, refused = judged(values, probes_of(values, steps=(0, 1)))
    assert refused == {}
    assert mine
    assert sorted(mine ^ other)[:20] == []
    proof("cilium", example, "accepted")


def first_port(value):
    for side in ("egress", "ingress"):
        for rule in value["spec"].get(side) or ():
            yield from (port for entry in rule.get("toPorts") or () for port in entry["ports"])
            yield from rule.get("ports") or ()


def test_one_changed_port_is_noticed_by_both(judged, values, example, proof):
    """In each policy that opens any port."""
    policies = enforced(values)
    for number, value in enumerate(values):
        port = next(first_port(value), None) if value in policies else None
        if port is None:
            continue
        broken = copy.deepcopy(values)
        changed = next(first_port(broken[number]))
        changed["port"] = type(port["port"])(int(port["port"]) + 1)
        if "endPort" in changed:
            changed["endPort"] += 1
        probes = [(protocol, int(port["port"]) + step) for protocol in ("TCP", "UDP", "SCTP") for step in (0, 1)]
        probes = [*dict.fromkeys([("UDP", 53), *probes])]  # by which names are learned
        mine, other, _ = judged(broken, probes)
        assert sorted(mine ^ other)[:20] == []
        assert other != judged(values, probes)[1]
    proof("cilium", example, "twin_refused")
