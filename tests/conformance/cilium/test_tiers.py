"""Cilium's engine decides on generated ClusterNetworkPolicies of both tiers, and NetworkPolicies between them, as we do.

Each pod, address and port by itself: priorities, Accept, Deny and Pass, subjects, peers, named ports and ranges.
"""

import copy
import json

import pytest
from conformance.cilium.judge import theirs
from conformance.cyclonus.judge import ours
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from reach import test_evaluate as plain
from reach import test_tiers as tiers

from scaffold.reach import cluster_policy
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("cilium")

GENERATED, ABOUT = 250, "generated tiers"
PROBES = [(protocol, port) for protocol in ("TCP", "UDP", "SCTP") for port in (1, 2, 3, 4)]
SPACES = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    for name, labels in {"n1": {"a": "1"}, "n2": {"b": "2"}}.items()
]


def judged(ask, pods, objects, others=None):
    """Return our judgement of some objects, and Cilium's of them, or of others."""
    policies = [*read.policies(objects), *cluster_policy.policies(objects)]
    universe = Universe(pods, read.namespaces(objects), {*blocks(policies), "10.0.0.0/8", "10.1.0.0/16", "fd00::/8"})
    evaluation = Evaluation(universe, policies)
    verdict = theirs(ask, (*universe.pods, *universe.nets), spelled_out(objects if others is None else others), PROBES)
    assert verdict.refused == {}
    return ours(evaluation, PROBES), verdict.allowed


def plainly(one):
    """Return a policy without what Cilium takes otherwise.

    These are rules of a direction that its types leave out, and ports of others by their names: it knows its own pods'.
    """
    spec = one["spec"]
    for side in {"ingress", "egress"} - {word.lower() for word in spec.get("policyTypes") or ("Ingress", "Egress")}:
        spec.pop(side, None)
    for rule in spec.get("egress", ()):
        rule["ports"] = [port for port in rule.get("ports", ()) if port.get("port") != "x"]
        rule["protocols"] = [port for port in rule.get("protocols", ()) if "destinationNamedPort" not in port]
        for key in ("ports", "protocols"):
            if not rule[key]:
                del rule[key]
    return one


def spelled_out(objects):
    """Return objects with every peer as pods: a selector of namespaces that only leaves out means everybody to Cilium."""
    made = copy.deepcopy(objects)
    for one in made:
        for _, rule in rules(one):
            for peers in (rule.get("from", ()), rule.get("to", ())):
                for peer in peers:
                    if "namespaces" in peer:
                        peer["pods"] = {"namespaceSelector": peer.pop("namespaces"), "podSelector": {}}
    return made


def generated(check):
    """Call a check with pods and objects, the same ones each time."""

    @seed(1)
    @settings(max_examples=GENERATED, database=None, deadline=None, phases=[Phase.generate])
    @given(plain.PODS, st.lists(plain.POLICY, max_size=2), tiers.WIDE)
    def property_(pods, policies, wides):
        for number, policy in enumerate(policies):
            policy["metadata"]["name"] = f"p{number}"
        check(pods, [*SPACES, *map(plainly, [*policies, *wides])])

    property_()


def test_each_decides_alike(talk, proof):
    decided = set()

    def check(pods, objects):
        mine, other = judged(talk("cilium"), pods, objects)
        assert sorted(mine ^ other)[:20] == [], json.dumps(objects)
        decided.update(action(rule) for one in objects for rule in rules(one))

    generated(check)
    assert decided >= {(tier, one) for tier in ("Admin", "Baseline") for one in ("Accept", "Deny", "Pass")}
    proof("cilium", ABOUT, "accepted")


def action(rule):
    return rule[0], rule[1]["action"]


def rules(one):
    if cluster_policy.is_policy(one):
        for side in ("ingress", "egress"):
            yield from ((one["spec"]["tier"], rule) for rule in one["spec"].get(side, ()))


TWINS = {
    "in the other order": lambda spec: spec.update(priority=1000 - spec["priority"]),
    "in the other tier": lambda spec: spec.update(tier={"Admin": "Baseline", "Baseline": "Admin"}[spec["tier"]]),
    "what is passed is accepted": lambda spec: [
        rule.update(action="Accept")
        for side in ("ingress", "egress")
        for rule in spec.get(side, ())
        if rule["action"] == "Pass"
    ],
}


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_another_order_is_noticed(talk, twin, proof):
    """Cilium is asked about policies that are one word away: somewhere it decides otherwise."""
    noticed = 0

    def check(pods, objects):
        nonlocal noticed
        broken = copy.deepcopy(objects)
        for one in broken:
            if cluster_policy.is_policy(one):
                twin(one["spec"])
        mine, other = judged(talk("cilium"), pods, objects, broken)
        noticed += mine != other

    generated(check)
    assert noticed > GENERATED / 50
    proof("cilium", ABOUT, "twin_refused")
