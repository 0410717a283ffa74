"""Calico's policies in their order: tiers, what they do at their end, and what each part of a rule means.

A table, and an independent reading of Calico's documentation: one pair and one port at a time.
"""

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from reach import test_evaluate as plain

from scaffold.networks import network
from scaffold.reach import calico, manifests
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.model import ALL_PORTS, Pod
from scaffold.reach.universe import Universe

NONE, ALL, HTTP = [], [ALL_PORTS], [("TCP", 8080, 8080)]
FRONT = "source: {namespaceSelector: projectcalico.org/name == 'front'}"
SHUT, OPEN = plain.policy("{podSelector: {}}"), plain.policy("{podSelector: {}, ingress: [{}]}")


def policy(rules, kind="NetworkPolicy", name="p", **spec):
    """Return a policy of some ingress rules."""
    metadata = {"name": name} | ({"namespace": "shop"} if kind == "NetworkPolicy" else {})
    made = {"types": ["Ingress"], "ingress": yaml.safe_load(rules), **spec}
    return {"apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": metadata, "spec": made}


def tier(name, **spec):
    return {"apiVersion": "projectcalico.org/v3", "kind": "Tier", "metadata": {"name": name}, "spec": spec}


def evaluate(pods, spaces, objects, more=()):
    policies = [*manifests.policies(objects), *calico.policies(objects)]
    return Evaluation(Universe(pods, spaces, {*blocks(policies), *more}), policies)


def into_api(*objects):
    return plain.ports_into_api(evaluate, *objects)


ALLOW, DENY, PASS = f"{{action: Allow, {FRONT}}}", "{action: Deny}", f"{{action: Pass, {FRONT}}}"
CASES = {
    "an Allow before a NetworkPolicy": ([policy(f"[{ALLOW}]", order=1), SHUT], (ALL, NONE)),
    "a Deny behind one that allows": ([policy("[{action: Deny}]", order=2000), OPEN], (ALL, ALL)),
    "a Deny before one that allows": ([policy("[{action: Deny}]", order=1), OPEN], (NONE, NONE)),
    "without an order it is the last": ([policy("[{action: Deny}]"), OPEN], (ALL, ALL)),
    "what no rule matches is shut": ([policy(f"[{ALLOW}]", order=1)], (ALL, NONE)),
    "a Pass of the default tier leaves it open": ([policy(f"[{PASS}]", order=1), SHUT], (ALL, NONE)),
    "a Log only tells": ([policy("[{action: Log}]", order=1), OPEN], (ALL, ALL)),
    "the first rule decides": ([policy(f"[{ALLOW}, {DENY}]", order=1), OPEN], (ALL, NONE)),
    "of one order the first name": (
        [policy(f"[{DENY}]", order=1, name="b"), policy(f"[{ALLOW}, {DENY}]", order=1, name="a")], (ALL, NONE),
    ),
    "a tier before the default one": (
        [tier("sec", order=1), policy(f"[{ALLOW}, {PASS}]", tier="sec", order=9), SHUT], (ALL, NONE),
    ),
    "whose end shuts": ([tier("sec", order=1), policy(f"[{PASS}]", tier="sec"), OPEN], (ALL, NONE)),
    "unless it passes": ([tier("sec", order=1, defaultAction="Pass"), policy(f"[{PASS}]", tier="sec"), OPEN], (ALL, ALL)),
    "a Pass leads to the next tier": ([tier("sec", order=1), policy(f"[{PASS}, {DENY}]", tier="sec"), SHUT], (NONE, NONE)),
    "a tier behind the default one is asked of what that passes": (
        [tier("late", order=2_000_000), policy(f"[{PASS}]", order=1), policy(f"[{DENY}]", tier="late", name="q")], (NONE, NONE),
    ),
    "a tier without an order is the last": (
        [tier("late"), policy(f"[{DENY}]", tier="late"), OPEN], (ALL, ALL),
    ),
    "a tier says nothing of whom it does not select": (
        [tier("sec", order=1), policy(f"[{DENY}]", tier="sec", selector="app == 'none'"), OPEN], (ALL, ALL),
    ),
    "a global policy by namespaces": (
        [policy(f"[{DENY}]", "GlobalNetworkPolicy", order=1, namespaceSelector="team == 'a'"), OPEN], (NONE, NONE),
    ),
    "a global policy by a pod's namespace": (
        [policy(f"[{DENY}]", "GlobalNetworkPolicy", order=1, selector="projectcalico.org/namespace == 'front'"), OPEN], (ALL, ALL),
    ),
    "not some ports": (
        [policy(f"[{{action: Allow, protocol: TCP, {FRONT}, destination: {{ports: ['8080:8082'], notPorts: [8081, 8082]}}}}]")], (HTTP, NONE),
    ),
    "a port by its name": (
        [policy(f"[{{action: Allow, protocol: TCP, {FRONT}, destination: {{ports: [http]}}}}]")], (HTTP, NONE),
    ),
    "a protocol by its number": ([policy(f"[{{action: Allow, protocol: 17, {FRONT}}}]")], ([("UDP", 0, 65535)], NONE)),
    "every protocol but one": (
        [policy(f"[{{action: Allow, notProtocol: TCP, {FRONT}}}]")], ([("SCTP", 0, 65535), ("UDP", 0, 65535)], NONE),
    ),
    "ICMP is no flow": ([policy("[{action: Allow, protocol: ICMP, icmp: {type: 8}}]")], (NONE, NONE)),
    "every address is every pod, too": ([policy("[{action: Deny, source: {nets: [0.0.0.0/0]}}]", order=1), OPEN], (NONE, NONE)),
    "all but some addresses": ([policy("[{action: Deny, source: {notNets: [10.0.0.0/8]}}]", order=1), OPEN], (NONE, NONE)),
    "without types, as rules are there": ([policy("[{action: Deny}]", order=1, types=[]), OPEN], (NONE, NONE)),
}  # fmt: skip


@pytest.mark.parametrize(("objects", "reached"), CASES.values(), ids=CASES)
def test_rules_in_their_order(objects, reached):
    assert [part for one in objects if calico.is_policy(one) for part in calico.unjudged(one)] == []
    assert into_api(*objects) == reached


def test_a_policy_of_a_tier_that_is_not_known_is_not_judged():
    lone = policy(f"[{DENY}]", tier="sec")
    assert calico.policies([lone]) == []
    assert [*calico.placed(lone, calico.tiers([]))] == ["tier sec, which was not given"]


# An independent reading of Calico's documentation.

SELECTORS = ["", "all()", "a == '1'", "a != '1'", "has(b)", "!has(a)", "a in {'1', '2'}", "b not in {'2'} && has(a)"]
IN_SPACES = ["a == '1'", "projectcalico.org/name == 'n2'", "all()", "!has(b)"]
NETS = [{"nets": ["10.0.0.0/8"]}, {"nets": ["10.0.0.0/8"], "notNets": ["10.1.0.0/16"]}, {"notNets": ["10.1.0.0/16"]}]
PEER = (
    st.just({})
    | st.sampled_from(NETS)
    | st.fixed_dictionaries(
        {"selector": st.sampled_from(SELECTORS[1:])}, optional={"namespaceSelector": st.sampled_from(IN_SPACES)}
    )
    | st.fixed_dictionaries({"namespaceSelector": st.sampled_from(IN_SPACES)})
)
PORTS = st.sampled_from(
    [
        {}, {"protocol": "TCP"}, {"notProtocol": "TCP"}, {"protocol": "ICMP"},
        {"protocol": "TCP", "destination": {"ports": [1, "3:4"]}}, {"protocol": "UDP", "destination": {"ports": ["x"]}},
        {"protocol": "TCP", "destination": {"ports": ["x", "1:2"]}}, {"protocol": "TCP", "destination": {"notPorts": [2]}},
    ]
)  # fmt: skip


def rule(side, action, peer, ports):
    made = {"action": action, **{key: value for key, value in ports.items() if key != "destination"}}
    ends = {"source": {}, "destination": dict(ports.get("destination", {}))}
    ends["source" if side == "ingress" else "destination"] |= peer
    return made | {key: value for key, value in ends.items() if value}


def rules(side):
    actions = st.sampled_from(["Allow", "Deny", "Pass", "Log"])
    return st.lists(st.builds(rule, st.just(side), actions, PEER, PORTS), max_size=3)


TIERS = {"sec": {"order": 10, "defaultAction": "Deny"}, "mild": {"order": 20, "defaultAction": "Pass"}, "late": {}}
SPEC = st.fixed_dictionaries(
    {
        "selector": st.sampled_from(SELECTORS), "ingress": rules("ingress"), "egress": rules("egress"),
        "types": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "tier": st.sampled_from(["default", "default", *TIERS]), "order": st.sampled_from([1, 900, 2000]),
    }
)  # fmt: skip


def named(number, spec, where):
    """Return a policy; of one order no two are: which is first their names say, in each version in another way."""
    space = {"namespace": where} if where in {"n1", "n2"} else {}
    only = {"namespaceSelector": where} if not space and where else {}
    types = [side for side in ("ingress", "egress") if side.capitalize() in spec["types"]]
    return {
        "apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy" if space else "GlobalNetworkPolicy",
        "metadata": {"name": f"c{number}", **space},
        "spec": {**spec, **only, "order": spec["order"] + number}
        | {side: [] for side in ("ingress", "egress") if side not in types},
    }  # fmt: skip


POLICIES = st.lists(st.tuples(SPEC, st.sampled_from(["n1", "n2", "", "a == '1'"])), max_size=4).map(
    lambda several: [named(number, *one) for number, one in enumerate(several)]
)


def selected(text, labels):
    """Tell whether labels satisfy a selector of those above."""
    for part in text.split(" && "):
        if has := re.fullmatch(r"(!?)has\((\w+)\)", part):
            holds = (has[2] in labels) != bool(has[1])
        elif compared := re.fullmatch(r"(\S+) (==|!=) '(\w+)'", part):
            holds = (labels.get(compared[1]) == compared[3]) == (compared[2] == "==")
        elif among := re.fullmatch(r"(\w+) (not in|in) \{(.*)\}", part):
            holds = (labels.get(among[1]) in re.findall(r"\w+", among[3])) == (among[2] == "in")
        else:
            holds = part in {"", "all()"}
        if not holds:
            return False
    return True


def in_space(text, space, spaces):
    return selected(text, {**spaces[space], "projectcalico.org/name": space})


def peer_matches(peer, namespace, other, spaces):
    if "nets" in peer or "notNets" in peer:
        if isinstance(other, Pod):
            return "nets" not in peer  # whose address is in none of these
        inside = [network(other).version == 4]  # as that of the networks above
        inside += [
            any(plain.matches({"ipBlock": {"cidr": one}}, "", other, spaces) for one in peer.get("nets", ["0.0.0.0/0"]))
        ]
        return all(inside) and not any(
            plain.matches({"ipBlock": {"cidr": one}}, "", other, spaces) for one in peer.get("notNets", ())
        )
    if not {"selector", "namespaceSelector"} & peer.keys() or not isinstance(other, Pod):
        return not {"selector", "namespaceSelector"} & peer.keys()
    there = other.namespace == namespace or not namespace
    if "namespaceSelector" in peer:
        there = in_space(peer["namespaceSelector"], other.namespace, spaces)
    return there and selected(peer.get("selector", ""), dict(other.labels))


def port_matches(ports, asked, target):
    return any(
        (isinstance(target, Pod) and (one, *asked) in target.ports)
        if one == "x"
        else int(str(one).partition(":")[0]) <= asked[1] <= int(str(one).rpartition(":")[2])
        for one in ports
    )


def rule_matches(rule, asked, target):
    ends = rule.get("destination", {})
    return (
        rule.get("protocol", asked[0]) == asked[0]
        and rule.get("notProtocol") != asked[0]
        and ("ports" not in ends or port_matches(ends["ports"], asked, target))
        and not port_matches(ends.get("notPorts", ()), asked, target)
    )


def verdict(pod, other, target, asked, several, spaces, key):
    """Return what the policies of one tier say; none: they do not select the pod."""
    side, held = {"ingress": "source", "egress": "destination"}[key], False
    for one in several:
        spec, namespace = one["spec"], one["metadata"].get("namespace", "")
        if one["apiVersion"].startswith("networking"):
            types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
            if (
                key.capitalize() in types
                and pod.namespace == namespace
                and plain.holds(spec.get("podSelector", {}), dict(pod.labels))
            ):
                held = True
                if plain.side_allows(
                    pod, other, target, asked, [one], spaces, key, {"ingress": "from", "egress": "to"}[key]
                ):
                    return "Allow"
            continue
        where = (
            pod.namespace == namespace
            if namespace
            else in_space(spec.get("namespaceSelector", ""), pod.namespace, spaces)
        )
        if key.capitalize() not in spec["types"] or not where or not selected(spec["selector"], dict(pod.labels)):
            continue
        held = True
        for rule in spec[key]:
            if (
                rule["action"] != "Log"
                and rule_matches(rule, asked, target)
                and peer_matches(rule.get(side, {}), namespace, other, spaces)
            ):
                return rule["action"]
    return "end" if held else "none"


def side_allows(pod, other, target, asked, objects, spaces, key):
    for name in ("sec", "mild", "default", "late"):
        own = [one for one in objects if one["spec"].get("tier", "default") == name]
        own.sort(key=lambda one: one["spec"].get("order", 1000))
        said = verdict(pod, other, target, asked, own, spaces, key)
        if said == "end":
            said = TIERS.get(name, {}).get("defaultAction", "Deny")
        if said in {"Allow", "Deny"}:
            return said == "Allow"
    return True


@settings(max_examples=50, deadline=None)
@given(plain.PODS, st.lists(plain.POLICY, max_size=2), POLICIES)
def test_it_agrees_with_an_independent_evaluator(pods, policies, ordered):
    objects = [*policies, *ordered]
    given_tiers = [tier(name, **spec) for name, spec in TIERS.items()]
    evaluation = evaluate(pods, plain.DRAWN, [*objects, *given_tiers], plain.EACH_ADDRESS)
    plain.agree(evaluation, pods, lambda *flow, key: side_allows(*flow, objects, plain.DRAWN, key))
