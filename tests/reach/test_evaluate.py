"""The evaluator against Kubernetes' rules, case by case, and against an independent one, pair by pair."""

from ipaddress import ip_address, ip_network
from itertools import product

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.reach import manifests
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.model import ALL_PORTS, Net, Pod
from scaffold.reach.ranges import merge
from scaffold.reach.universe import Universe

API = Pod("shop", "api", (("app", "api"),), (("http", "TCP", 8080), ("dns", "UDP", 53)))
WEB = Pod("front", "web", (("app", "web"),))
BARE = Pod("shop", "bare")
SPACES = {
    "shop": {"kubernetes.io/metadata.name": "shop", "team": "a"},
    "front": {"kubernetes.io/metadata.name": "front"},
}


def policy(spec, namespace="shop", name="p"):
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace}, "spec": yaml.safe_load(spec) if isinstance(spec, str) else spec,
    }  # fmt: skip


def evaluate(pods, spaces, manifests_, more=()):
    policies = manifests.policies(manifests_)
    return Evaluation(Universe(pods, spaces, {*blocks(policies), *more}), policies)


def ports_into_api(evaluate_, *objects):
    """Return the ports of the api pod that each other pod reaches: web, and the one without labels."""
    found = {"web": [], "bare": []}
    for source, target, ports in evaluate_([API, WEB, BARE], SPACES, objects).flows([API]):
        if target == API and source in {WEB, BARE}:
            found[source.name].append(ports)
    return merge(found["web"]), merge(found["bare"])


def into_api(spec):
    """Return who reaches the api pod, among the others, and on which ports."""
    evaluation = evaluate([API, WEB, BARE], SPACES, [policy(spec)] if spec else [])
    return {
        (str(source), ports)
        for source, target, ports in evaluation.flows([API])
        if target == API and source in {WEB, BARE}
    }


EVERYBODY = {("front/web", ALL_PORTS), ("shop/bare", ALL_PORTS)}
HTTP = ("TCP", 8080, 8080)
CASES = {
    "no policy at all": (None, EVERYBODY),
    "a policy for other pods": ("{podSelector: {matchLabels: {app: x}}}", EVERYBODY),
    "no rules": ("{podSelector: {}}", set()),
    "a missing pod selector selects everything": ("{}", set()),
    "an empty rule opens everything": ("{podSelector: {}, ingress: [{}]}", EVERYBODY),
    "an empty from opens everything": ("{podSelector: {}, ingress: [{from: []}]}", EVERYBODY),
    "a pod selector alone means the policy's namespace": (
        "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", {("shop/bare", ALL_PORTS)},
    ),
    "selectors in one item are joined by and": (
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}]}]}", {("front/web", ALL_PORTS)},
    ),
    "two items are joined by or": (
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {app: web}}}]}]}", EVERYBODY,
    ),
    "a namespace by its label": (
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}", {("shop/bare", ALL_PORTS)},
    ),
    "a key that does not exist": (
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}]}",
        {("front/web", ALL_PORTS)},
    ),
    "NotIn holds where the key is missing": (
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [a]}]}}]}]}",
        {("front/web", ALL_PORTS)},
    ),
    "In and Exists": (
        ("{podSelector: {matchExpressions: [{key: app, operator: In, values: [api]}]}, "
        "ingress: [{from: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}]}"),
        {("front/web", ALL_PORTS)},
    ),
    "a port by number": ("{podSelector: {}, ingress: [{ports: [{port: 8080}]}]}", {("front/web", HTTP), ("shop/bare", HTTP)}),
    "a port by the target's name": ("{podSelector: {}, ingress: [{ports: [{port: http}]}]}", {("front/web", HTTP), ("shop/bare", HTTP)}),
    "a name of another protocol": ("{podSelector: {}, ingress: [{ports: [{port: dns}]}]}", set()),
    "a range of ports": (
        "{podSelector: {}, ingress: [{ports: [{port: 1, endPort: 9}, {port: 10}]}]}",
        {("front/web", ("TCP", 1, 10)), ("shop/bare", ("TCP", 1, 10))},
    ),
    "a protocol without a port": (
        "{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}", {("front/web", ("UDP", 0, 65535)), ("shop/bare", ("UDP", 0, 65535))},
    ),
    "egress only does not isolate ingress": ("{podSelector: {}, policyTypes: [Egress]}", {("front/web", ALL_PORTS)}),
    "egress rules imply both types": ("{podSelector: {}, egress: [{}]}", set()),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "reached"), CASES.values(), ids=CASES)
def test_kubernetes_rules(spec, reached):
    assert into_api(spec) == reached


def test_an_address_block_opens_its_addresses_less_its_exceptions():
    spec = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]}"
    evaluation = evaluate([API], SPACES, [policy(spec)])
    reached = {
        target.sample for source, target, _ in evaluation.flows([API]) if source == API and isinstance(target, Net)
    }
    assert reached == {"10.0.0.0", "10.2.0.0"}


def test_both_ends_have_to_allow():
    egress = policy(
        "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 8080}, {port: 9}]}]}", "front", "out"
    )
    ingress = policy("{podSelector: {}, ingress: [{ports: [{port: 8080}, {port: 7}]}]}")
    evaluation = evaluate([API, WEB], SPACES, [egress, ingress])
    assert {ports for source, target, ports in evaluation.flows([API]) if (source, target) == (WEB, API)} == {HTTP}


def test_policies_add_up():
    one = policy("{podSelector: {}, ingress: [{ports: [{port: 1}]}]}", name="one")
    two = policy("{podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: 2}]}]}", name="two")
    evaluation = evaluate([API, WEB], SPACES, [one, two])
    assert {ports for source, target, ports in evaluation.flows([API]) if (source, target) == (WEB, API)} == {
        ("TCP", 1, 2)
    }


# An independent reading of the documentation: dictionaries, one pair and one port at a time.

LABELS = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"]), max_size=2)
EXPRESSION = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["a", "b"]),
        "operator": st.sampled_from(["In", "NotIn"]),
        "values": st.lists(st.sampled_from(["1", "2"]), min_size=1, max_size=2),
    }
) | st.fixed_dictionaries({"key": st.sampled_from(["a", "b"]), "operator": st.sampled_from(["Exists", "DoesNotExist"])})
SELECTOR = st.fixed_dictionaries(
    {}, optional={"matchLabels": LABELS, "matchExpressions": st.lists(EXPRESSION, max_size=1)}
)
BLOCK = st.sampled_from(
    [
        {"cidr": "10.0.0.0/8"},
        {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]},
        {"cidr": "10.1.2.0/24"},
        {"cidr": "fd00::/8"},
        {"cidr": "0.0.0.0/0"},
    ]
)
PEER = (
    st.fixed_dictionaries({"ipBlock": BLOCK})
    | st.fixed_dictionaries({"podSelector": SELECTOR})
    | st.fixed_dictionaries({"namespaceSelector": SELECTOR})
    | st.fixed_dictionaries({"namespaceSelector": SELECTOR, "podSelector": SELECTOR})
)
PORT = st.sampled_from(
    [{"port": 1}, {"port": 2, "protocol": "UDP"}, {"port": 1, "endPort": 3}, {"port": "x"}, {"protocol": "TCP"}]
)


def rules(side):
    return st.lists(
        st.fixed_dictionaries({}, optional={side: st.lists(PEER, max_size=2), "ports": st.lists(PORT, max_size=2)}),
        max_size=2,
    )


POLICY = st.builds(
    policy,
    st.fixed_dictionaries(
        {},
        optional={
            "podSelector": SELECTOR, "ingress": rules("from"), "egress": rules("to"),
            "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        },
    ),
    st.sampled_from(["n1", "n2"]),
)  # fmt: skip
PODS = st.lists(
    st.builds(
        lambda space, name, labels, port: Pod(space, name, tuple(sorted(labels.items())), port),
        st.sampled_from(["n1", "n2"]), st.sampled_from("pqrs"), LABELS, st.sampled_from([(), (("x", "TCP", 2),), (("x", "UDP", 1),)]),
    ),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip
ADDRESSES = ["9.0.0.1", "10.0.0.1", "10.1.0.1", "10.1.2.3", "fd00::1", "fc00::1"]
ASKED = [(protocol, port) for protocol in ("TCP", "UDP") for port in (1, 2, 3, 4)]


def holds(selector, labels):
    wanted = all(labels.get(k) == v for k, v in selector.get("matchLabels", {}).items())
    for part in selector.get("matchExpressions", []):
        there = part["key"] in labels
        wanted &= {
            "In": there and labels.get(part["key"]) in part.get("values", []),
            "NotIn": not there or labels[part["key"]] not in part.get("values", []),
            "Exists": there,
            "DoesNotExist": not there,
        }[part["operator"]]
    return wanted


def matches(peer, namespace, other, spaces):
    if "ipBlock" in peer:
        if isinstance(other, Pod):
            return False
        inside = ip_address(other) in ip_network(peer["ipBlock"]["cidr"])
        return inside and not any(ip_address(other) in ip_network(part) for part in peer["ipBlock"].get("except", []))
    if not isinstance(other, Pod):
        return False
    if "namespaceSelector" in peer:
        if not holds(peer["namespaceSelector"], spaces[other.namespace]):
            return False
    elif other.namespace != namespace:
        return False
    return holds(peer.get("podSelector", {}), dict(other.labels))


def port_matches(port, protocol, number, target):
    if port.get("protocol", "TCP") != protocol:
        return False
    if "port" not in port:
        return True
    if isinstance(port["port"], str):
        return isinstance(target, Pod) and (port["port"], protocol, number) in target.ports
    return port["port"] <= number <= port.get("endPort", port["port"])


def side_allows(pod, other, target, asked, policies, spaces, key, side):
    kind = {"ingress": "Ingress", "egress": "Egress"}[key]
    selecting = []
    for made in policies:
        spec = made["spec"]
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
        if (
            kind in types
            and made["metadata"]["namespace"] == pod.namespace
            and holds(spec.get("podSelector", {}), dict(pod.labels))
        ):
            selecting.append((made["metadata"]["namespace"], spec.get(key, [])))
    if not selecting:
        return True
    return any(
        (not rule.get(side) or any(matches(peer, namespace, other, spaces) for peer in rule[side]))
        and (not rule.get("ports") or any(port_matches(port, *asked, target) for port in rule["ports"]))
        for namespace, made in selecting
        for rule in made
    )


DRAWN = {
    "n1": {"kubernetes.io/metadata.name": "n1", "a": "1"},
    "n2": {"kubernetes.io/metadata.name": "n2", "b": "2"},
}
EACH_ADDRESS = [f"{one}/{ip_address(one).max_prefixlen}" for one in ADDRESSES]


def agree(evaluation, pods, allows):
    """Ask about each pair and each port apart, beside the evaluation, which answers for all of them at once.

    Args:
        evaluation: with `EACH_ADDRESS` among its networks.
        pods: whose flows are compared.
        allows: whether one direction of a pod allows a flow, of (pod, the other end, the target, the port; key: the direction).
    """
    flows = {}
    for source, target, ports in evaluation.flows(pods):
        flows.setdefault((source, target), []).append(ports)
    nets = [net for net in evaluation.universe.nets if net.sample in ADDRESSES]
    for one, two in product(evaluation.universe.pods, [*evaluation.universe.pods, *nets]):
        for (source, target), asked in product(((one, two), (two, one)), ASKED):
            s, t = (node if isinstance(node, Pod) else node.sample for node in (source, target))
            out = not isinstance(s, Pod) or allows(s, t, t, asked, key="egress")
            into = not isinstance(t, Pod) or allows(t, s, t, asked, key="ingress")
            found = any(
                protocol in {asked[0], "ANY"} and first <= asked[1] <= last
                for protocol, first, last in flows.get((source, target), [])
            )
            assert found == (out and into), (source, target, asked)


SIDES = {"egress": "to", "ingress": "from"}


@settings(max_examples=150)
@given(PODS, st.lists(POLICY, max_size=3))
def test_it_agrees_with_an_independent_evaluator(pods, policies):
    evaluation = evaluate(pods, DRAWN, policies, EACH_ADDRESS)
    agree(evaluation, pods, lambda *flow, key: side_allows(*flow, policies, DRAWN, key, SIDES[key]))


def test_merged_ports_are_canonical():
    assert merge([("TCP", 5, 9), ("TCP", 1, 4), ("UDP", 1, 1), ("TCP", 7, 12)]) == [("TCP", 1, 12), ("UDP", 1, 1)]
    assert merge([("TCP", 1, 4), ALL_PORTS]) == [ALL_PORTS]
