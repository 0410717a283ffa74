"""Policies that are asked in an order: the first rule that matches decides, tier by tier, and then nobody does.

A table of rules, and an independent reading of the specification: one pair and one port at a time.
"""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from reach import test_evaluate as plain

from scaffold.reach import cluster_policy, manifests
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.model import ADMIN, ALL_PORTS, BASELINE, Pod
from scaffold.reach.ranges import merge
from scaffold.reach.tiers import EVERYBODY, Stage, decide
from scaffold.reach.universe import Universe

ANYBODY, FRONT = "{namespaces: {}}", "{namespaces: {matchLabels: {kubernetes.io/metadata.name: front}}}"


def wide(rules, tier="Admin", priority=1, subject=ANYBODY, name="wide"):
    """Return a ClusterNetworkPolicy of some ingress rules: action, from, protocols."""
    listed = [
        {"action": action, "from": [yaml.safe_load(peer)], **yaml.safe_load(more)} for action, peer, more in rules
    ]
    spec = {"tier": tier, "priority": priority, "subject": yaml.safe_load(subject), "ingress": listed}
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
        "metadata": {"name": name}, "spec": spec,
    }  # fmt: skip


def evaluate(pods, spaces, objects, more=()):
    policies = [*manifests.policies(objects), *cluster_policy.policies(objects)]
    return Evaluation(Universe(pods, spaces, {*blocks(policies), *more}), policies)


def into_api(*objects):
    return plain.ports_into_api(evaluate, *objects)


SHUT = plain.policy("{podSelector: {}}")
OPEN = plain.policy("{podSelector: {}, ingress: [{}]}")
NONE, ALL, HTTP = [], [ALL_PORTS], [("TCP", 8080, 8080)]
BUT_HTTP = merge([("TCP", 0, 8079), ("TCP", 8081, 65535), ("UDP", 0, 65535), ("SCTP", 0, 65535)])
TCP = "{protocols: [{tcp: {destinationPort: {number: 8080}}}]}"
RANGE = "{protocols: [{tcp: {destinationPort: {range: {start: 8080, end: 8081}}}}]}"
DENY, ACCEPT, PASS = ("Deny", ANYBODY, "{}"), ("Accept", FRONT, "{}"), ("Pass", FRONT, "{}")
PODS = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}"
CASES = {
    "an Accept opens what a NetworkPolicy shuts": ([wide([ACCEPT]), SHUT], (ALL, NONE)),
    "a Deny shuts what a NetworkPolicy opens": ([wide([("Deny", FRONT, "{}")]), OPEN], (NONE, ALL)),
    "the first rule decides": ([wide([ACCEPT, DENY]), OPEN], (ALL, NONE)),
    "and not the second": ([wide([DENY, ACCEPT]), OPEN], (NONE, NONE)),
    "the lower priority is asked first": (
        [wide([DENY], priority=2), wide([ACCEPT], priority=1, name="first")], (ALL, NONE),
    ),
    "a Pass leaves it to NetworkPolicies": ([wide([PASS, DENY]), SHUT], (NONE, NONE)),
    "which may open it": ([wide([PASS, DENY]), OPEN], (ALL, NONE)),
    "a Pass passes by the rest of the tier": ([wide([PASS]), wide([DENY], priority=2), OPEN], (ALL, NONE)),
    "what is passed and nobody holds is open": ([wide([PASS, DENY])], (ALL, NONE)),
    "but Baseline is asked": ([wide([PASS]), wide([DENY], "Baseline")], (NONE, NONE)),
    "Baseline shuts what no NetworkPolicy holds": ([wide([DENY], "Baseline")], (NONE, NONE)),
    "Baseline is not asked of who is isolated": ([wide([DENY], "Baseline"), OPEN], (ALL, ALL)),
    "nor opens anything there": ([wide([ACCEPT], "Baseline"), SHUT], (NONE, NONE)),
    "Baseline has an order, too": ([wide([ACCEPT, DENY], "Baseline")], (ALL, NONE)),
    "one of ingress says nothing of a pod that it does not select": (
        [wide([DENY], subject="{namespaces: {matchLabels: {team: b}}}")], (ALL, ALL),
    ),
    "pods as a subject": (
        [wide([DENY], subject="{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: api}}}}")], (NONE, NONE),
    ),
    "pods as a peer": ([wide([("Deny", PODS, "{}")])], (NONE, ALL)),
    "a port alone is denied": ([wide([("Deny", FRONT, TCP)])], (BUT_HTTP, ALL)),
    "a port alone is accepted": ([wide([("Accept", FRONT, TCP), DENY])], (HTTP, NONE)),
    "a part of a range is taken before": (
        [wide([("Deny", FRONT, TCP), ("Accept", FRONT, RANGE), DENY])], ([("TCP", 8081, 8081)], NONE),
    ),
    "a named port, of whichever protocol": (
        [wide([("Accept", FRONT, "{protocols: [{destinationNamedPort: dns}]}"), DENY])], ([("UDP", 53, 53)], NONE),
    ),
    "a protocol without a port": (
        [wide([("Accept", FRONT, "{protocols: [{udp: {}}]}"), DENY])], ([("UDP", 0, 65535)], NONE),
    ),
    "what is passed on one port and allowed on the others is one": ([wide([("Pass", FRONT, TCP)])], (ALL, ALL)),
}  # fmt: skip


@pytest.mark.parametrize(("objects", "reached"), CASES.values(), ids=CASES)
def test_rules_in_their_order(objects, reached):
    assert into_api(*objects) == reached


def old(kind, rules, **spec):
    """Return a policy as it was written in v1alpha1."""
    made = wide([], subject="{namespaces: {}}")
    return {
        **made, "apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": kind,
        "spec": {"subject": {"namespaces": {}}, "ingress": yaml.safe_load(rules), **spec},
    }  # fmt: skip


def test_as_they_were_in_v1alpha1():
    rules = f"[{{action: Allow, from: [{FRONT}], ports: [{{portNumber: {{protocol: TCP, port: 8080}}}}]}}, {{action: Deny, from: [{ANYBODY}]}}]"
    assert into_api(old("AdminNetworkPolicy", rules, priority=1), OPEN) == (HTTP, NONE)
    assert into_api(old("BaselineAdminNetworkPolicy", rules)) == (HTTP, NONE)
    assert into_api(old("BaselineAdminNetworkPolicy", rules), OPEN) == (ALL, ALL)
    ranged = rules.replace("portNumber: {protocol: TCP, port: 8080}", "portRange: {start: 8080, end: 8080}")
    assert into_api(old("AdminNetworkPolicy", ranged, priority=1), OPEN) == (HTTP, NONE)
    named = rules.replace("portNumber: {protocol: TCP, port: 8080}", "namedPort: http")
    assert into_api(old("AdminNetworkPolicy", named, priority=1), OPEN) == (HTTP, NONE)


def test_there_are_never_more_parts_than_nodes():
    """Rules that overlap in every way: each node keeps its ports in one part."""
    rules = [
        (("pass", "deny")[turn % 2], turn * 37 % 255 + 1, {("TCP", turn, turn + 3), ("UDP", 2 * turn, 3 * turn)})
        for turn in range(100)
    ]
    made = decide([(0xFF, {ALL_PORTS})], [Stage(ADMIN, EVERYBODY, rules), Stage(BASELINE, EVERYBODY, rules[::-1])])
    assert sum(who.bit_count() for who, _ in made) == 8


# An independent reading of the specification.

NAMESPACES = st.fixed_dictionaries({"namespaces": plain.SELECTOR})
PODS_BY = st.fixed_dictionaries(
    {"pods": st.fixed_dictionaries({"namespaceSelector": plain.SELECTOR, "podSelector": plain.SELECTOR})}
)
NETWORKS = st.fixed_dictionaries(
    {
        "networks": st.lists(
            st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "fd00::/8", "0.0.0.0/0"]), min_size=1, max_size=2
        )
    }
)
PROTOCOL = st.sampled_from(
    [
        {"tcp": {"destinationPort": {"number": 1}}}, {"udp": {}}, {"destinationNamedPort": "x"},
        {"tcp": {"destinationPort": {"range": {"start": 1, "end": 3}}}}, {"udp": {"destinationPort": {"number": 2}}},
    ]
)  # fmt: skip


def wide_rules(side, peer):
    return st.lists(
        st.fixed_dictionaries(
            {"action": st.sampled_from(["Accept", "Deny", "Pass"]), side: st.lists(peer, min_size=1, max_size=2)},
            optional={"protocols": st.lists(PROTOCOL, min_size=1, max_size=2)},
        ),
        max_size=3,
    )


def unnamed(spec):
    """Return a spec whose rules about networks name no port, as its definition demands."""
    for rule in spec.get("egress", ()):
        if any("networks" in peer for peer in rule["to"]):
            rule["protocols"] = [one for one in rule.get("protocols", ()) if "destinationNamedPort" not in one] or [
                {"tcp": {}}
            ]
    return spec


SPEC = st.fixed_dictionaries(
    {"tier": st.sampled_from(["Admin", "Baseline"]), "subject": NAMESPACES | PODS_BY},
    optional={
        "ingress": wide_rules("from", NAMESPACES | PODS_BY),
        "egress": wide_rules("to", NAMESPACES | PODS_BY | NETWORKS),
    },
).map(unnamed)
WIDE = st.lists(SPEC, max_size=4).map(
    lambda specs: [
        {
            "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
            "metadata": {"name": f"w{number}"}, "spec": {**spec, "priority": 100 - number},
        }
        for number, spec in enumerate(specs)
    ]
)  # fmt: skip


def matches(peer, other, spaces):
    if "networks" in peer:
        return any(plain.matches({"ipBlock": {"cidr": cidr}}, "", other, spaces) for cidr in peer["networks"])
    chosen = peer.get("pods", {"namespaceSelector": peer.get("namespaces"), "podSelector": {}})
    return plain.matches(chosen, "", other, spaces)


def port_matches(protocol, asked, target):
    if "destinationNamedPort" in protocol:
        return isinstance(target, Pod) and (protocol["destinationNamedPort"], *asked) in target.ports
    ((name, said),) = protocol.items()
    port = said.get("destinationPort", {"range": {"start": 0, "end": 65535}})
    bounds = port.get("range", {"start": port.get("number"), "end": port.get("number")})
    return name.upper() == asked[0] and bounds["start"] <= asked[1] <= bounds["end"]


def side_allows(pod, other, target, asked, objects, spaces, key, side):
    """Ask one tier after the other, in the words of the specification."""
    for tier in ("Admin", "NetworkPolicy", "Baseline"):
        if tier == "NetworkPolicy":
            others = [one for one in objects if one["kind"] == "NetworkPolicy"]
            kind = key.capitalize()
            if any(
                kind
                in (one["spec"].get("policyTypes") or ["Ingress", *(["Egress"] if one["spec"].get("egress") else [])])
                and one["metadata"]["namespace"] == pod.namespace
                and plain.holds(one["spec"].get("podSelector", {}), dict(pod.labels))
                for one in others
            ):
                return plain.side_allows(pod, other, target, asked, others, spaces, key, side)
            continue
        own = [one["spec"] for one in objects if one["kind"] != "NetworkPolicy" and one["spec"]["tier"] == tier]
        own.sort(key=lambda spec: spec["priority"])
        rules = [rule for spec in own if matches(spec["subject"], pod, spaces) for rule in spec.get(key, ())]
        said = next(
            (
                rule["action"]
                for rule in rules
                if any(matches(peer, other, spaces) for peer in rule[side])
                and (
                    "protocols" not in rule
                    or any(port_matches(protocol, asked, target) for protocol in rule["protocols"])
                )
            ),
            "Pass",
        )
        if said != "Pass":
            return said == "Accept"
    return True


@settings(max_examples=50, deadline=None)
@given(plain.PODS, st.lists(plain.POLICY, max_size=2), WIDE)
def test_it_agrees_with_an_independent_evaluator(pods, policies, wides):
    objects = [*policies, *wides]
    evaluation = evaluate(pods, plain.DRAWN, objects, plain.EACH_ADDRESS)
    plain.agree(evaluation, pods, lambda *flow, key: side_allows(*flow, objects, plain.DRAWN, key, plain.SIDES[key]))
