"""Calico's engine decides on generated policies of every order, NetworkPolicies among them, as we do.

Of one tier: the release whose engine this is has no other. Allow, Deny, Pass and Log, by selectors, networks and ports.
"""

import copy
import json

import pytest
from conformance.calico.judge import theirs
from conformance.cilium.test_tiers import SPACES, plainly
from conformance.cyclonus.judge import ours
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from reach import test_calico as ordered
from reach import test_evaluate as plain

from scaffold.reach import calico
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.model import Net
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("calico")

GENERATED, ABOUT = 200, "generated orders"
PROBES = [(protocol, port) for protocol in ("TCP", "UDP", "SCTP") for port in (1, 2, 3, 4)]


def judged(ask, pods, objects, others=None):
    """Return our judgement of some objects, and Calico's of them, or of others.

    Of IPv4 alone: its engine hands a rule on to both families, and only what renders it for the kernel drops one.
    """
    policies = [*read.policies(objects), *calico.policies(objects)]
    evaluation = Evaluation(Universe(pods, read.namespaces(objects), {*blocks(policies), "10.0.0.0/8"}), policies)
    nodes = (*evaluation.universe.pods, *evaluation.universe.nets)
    verdict = theirs(ask, nodes, objects if others is None else others, PROBES)
    assert verdict.refused == {}
    six = {at for at, node in enumerate(nodes) if isinstance(node, Net) and ":" in node.sample}
    return [{one for one in both if six.isdisjoint(one[1:3])} for both in (ours(evaluation, PROBES), verdict.allowed)]


def generated(check):
    """Call a check with pods and objects, the same ones each time."""

    @seed(1)
    @settings(max_examples=GENERATED, database=None, deadline=None, phases=[Phase.generate])
    @given(plain.PODS, st.lists(plain.POLICY, max_size=2), ordered.POLICIES)
    def property_(pods, policies, several):
        for number, policy in enumerate(policies):
            policy["metadata"]["name"] = f"p{number}"
        several = copy.deepcopy(several)
        for one in several:
            del one["spec"]["tier"]
        # No block may hold the pods themselves: to Calico they are addresses, too.
        text = json.dumps([*SPACES, *map(plainly, policies), *several])
        check(
            pods,
            json.loads(text.replace('{"cidr": "0.0.0.0/0"}', '{"cidr": "9.0.0.0/8"}').replace("fd00::/8", "fc00::/16")),
        )

    property_()


def test_each_decides_alike(talk, proof):
    decided = set()

    def check(pods, objects):
        mine, other = judged(talk("calico"), pods, objects)
        assert sorted(mine ^ other)[:20] == [], json.dumps(objects)
        decided.update(rule["action"] for one in objects if calico.is_policy(one) for rule in rules(one))

    generated(check)
    assert decided == {"Allow", "Deny", "Pass", "Log"}
    proof("calico", ABOUT, "accepted")


def rules(one):
    return [*one["spec"]["ingress"], *one["spec"]["egress"]]


def acting(action, other):
    return lambda one: [rule.update(action=other) for rule in rules(one) if rule["action"] == action]


TWINS = {
    "in the other order": lambda one: one["spec"].update(order=3000 - one["spec"]["order"]),
    "what is passed is denied": acting("Pass", "Deny"),
    "what only tells allows": acting("Log", "Allow"),
}


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_another_order_is_noticed(talk, twin, proof):
    """Calico is asked about policies that are one word away: somewhere it decides otherwise."""
    noticed = 0

    def check(pods, objects):
        nonlocal noticed
        broken = copy.deepcopy(objects)
        for one in broken:
            if calico.is_policy(one):
                twin(one)
        mine, other = judged(talk("calico"), pods, objects, broken)
        noticed += mine != other

    generated(check)
    assert noticed > GENERATED / 50
    proof("calico", ABOUT, "twin_refused")
