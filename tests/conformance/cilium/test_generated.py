"""Of 100 generated systems, whatever enforces their policies, Cilium's own engine judges every pair as we do."""

import copy

import pytest
from conformance.cilium.judge import but_own_node, evaluation_of, learned, nodes_of, theirs
from conformance.cilium.judge import judged as enforced
from conformance.cyclonus.judge import ours, probes_of
from conformance.generation import GENERATED, each_system

pytestmark = pytest.mark.programs("cilium")

SYSTEMS, TWINS = 100, 20
_PEERS = ("from", "to", *(f"{side}{kind}" for side in ("from", "to") for kind in ("Entities", "CIDRSet", "Endpoints", "FQDNs")))  # fmt: skip


@pytest.fixture
def judged(talk):
    """Return both judgements of some objects of a system; Cilium drops none of them."""

    def both(system, values):
        evaluation, probes = evaluation_of(system, values), probes_of(values, steps=(0,))
        nodes = nodes_of(evaluation)
        verdict = theirs(talk("cilium"), nodes, values, probes)
        assert verdict.refused == {}
        said = ours(evaluation, probes), learned(verdict, nodes, probes)
        return tuple(but_own_node(one, nodes) for one in said)

    return both


def objects(made):
    parts = ("namespaces/", "apps/")
    return [value for part in parts for value in made.objects(part) if value.get("kind") != "Kustomization"]


def test_both_judge_alike(systems, judged, proof):
    named, known = [], []

    def check(made):
        values = objects(made)
        mine, other = judged(made.system, values)
        assert sorted(mine ^ other)[:20] == []
        ends = [end for edge in made.system.flows for end in (edge.source, edge.target)]
        named.append(any(end.host for end in ends))
        known.append(any(end.entities for end in ends))

    assert each_system(systems, SYSTEMS, "cilium/generated", check) == SYSTEMS
    assert any(named)
    assert any(known)
    proof("cilium", GENERATED, "accepted")


def test_one_changed_rule_is_noticed_by_both(systems, judged, proof):
    """The first rule of the last policy that has any (Cilium's own, where there is one) is opened to everybody."""
    noticed = []

    def check(made):
        values = objects(made)
        broken = copy.deepcopy(values)
        rules = [
            rule
            for value in enforced(broken)
            if value["kind"] in {"NetworkPolicy", "CiliumNetworkPolicy"}
            for side in ("ingress", "egress")
            for rule in value["spec"].get(side) or ()
        ]
        if not rules:
            return
        for peer in _PEERS:
            rules[-1].pop(peer, None)
        mine, other = judged(made.system, broken)
        assert sorted(mine ^ other)[:20] == []
        noticed.append(other != judged(made.system, values)[1])

    assert each_system(systems, TWINS, "cilium/generated-twins", check) == TWINS
    assert noticed
    assert all(noticed)
    proof("cilium", GENERATED, "twin_refused")
