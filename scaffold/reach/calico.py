"""Read Calico's policies and tiers (projectcalico.org/v3) from manifests.

The policies of a tier are asked by their order, and the first rule that matches decides; NetworkPolicies are in the
tier `default`, with order 1000. What no rule matches is denied at a tier's end, where it has a policy for the pod at
all, unless its default action is to pass. A policy that says what is not judged is left out: `unjudged` says why.

The semantics are those of github.com/projectcalico/calico `felix/calc`, `felix/rules` and `libcalico-go/lib/selector`.

May import: labels, networks, model, ranges.
"""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Any

from scaffold.labels import NAMESPACE
from scaffold.networks import INTERNET, lies_in
from scaffold.reach.model import ALL_PORTS, NORMAL, Peer, Policy, Port, Requirement, Rule, Selector, Tier
from scaffold.reach.ranges import PROTOCOLS, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.reach.model import Action, PortRange

GROUP = "projectcalico.org/"
NAMESPACED, WIDE = "NetworkPolicy", "GlobalNetworkPolicy"
_SPEC = frozenset(("egress", "ingress", "namespaceSelector", "order", "performanceHints", "selector", "tier", "types"))
_OFF = frozenset(("applyOnForward", "doNotTrack", "preDNAT"))  # that are said to be off, which they are by default
_RULE = frozenset(("action", "destination", "metadata", "notProtocol", "protocol", "source"))
_PEER = frozenset(("namespaceSelector", "nets", "notNets", "notPorts", "ports", "selector"))
_ACTIONS: dict[str, Action] = {"Allow": "allow", "Deny": "deny", "Pass": "pass"}  # a Log only tells
_NUMBERS = {6: "TCP", 17: "UDP", 132: "SCTP"}
# What each selector calls a namespace's name.
_KEYS = {"selector": "projectcalico.org/namespace", "namespaceSelector": "projectcalico.org/name"}
_KEY = r"[a-zA-Z0-9_./-]+"
_TEXT = r"""(?:"[^"]*"|'[^']*')"""
_ANYBODY = re.compile(r"(?:all\(\s*\))?")
_HAS = re.compile(rf"(!?)\s*has\(\s*({_KEY})\s*\)")
_IS = re.compile(rf"({_KEY})\s*([!=]=)\s*({_TEXT})")
_AMONG = re.compile(rf"({_KEY})\s+(not\s+in|in)\s*\{{\s*((?:{_TEXT}\s*,\s*)*{_TEXT})\s*\}}")


def is_policy(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is a policy of Calico's, of a namespace or of all."""
    return manifest.get("kind") in {NAMESPACED, WIDE} and str(manifest.get("apiVersion", "")).startswith(GROUP)


def is_tier(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is a tier."""
    return manifest.get("kind") == "Tier" and str(manifest.get("apiVersion", "")).startswith(GROUP)


def tiers(manifests: Iterable[dict[str, Any]]) -> dict[str, Tier]:
    """Return the tiers that are known by their names: `default`, and those that were given."""
    made = [_tier(manifest) for manifest in manifests if is_tier(manifest)]
    return {tier.name: tier for tier in made} | {NORMAL.name: NORMAL}


def _tier(manifest: dict[str, Any]) -> Tier:
    name, spec = (manifest.get("metadata") or {}).get("name", ""), manifest.get("spec") or {}
    order = spec.get("order")
    return Tier(inf if order is None else order, name, "pass" if spec.get("defaultAction") == "Pass" else "deny")


def placed(manifest: dict[str, Any], known: Mapping[str, Tier]) -> Iterator[str]:
    """Yield the tier of a policy, if it is not known when that is asked."""
    name = _tier_of(manifest)
    if is_policy(manifest) and name not in known:
        yield f"tier {name}, which was not given"


def _tier_of(manifest: dict[str, Any]) -> str:
    return str((manifest.get("spec") or {}).get("tier") or NORMAL.name)


def policies(manifests: Iterable[dict[str, Any]]) -> list[Policy]:
    """Return the policies that are judged."""
    objects = list(manifests)
    known = tiers(objects)
    return [
        _policy(one, known[_tier_of(one)])
        for one in objects
        if is_policy(one) and not any(unjudged(one)) and not any(placed(one, known))
    ]


def unjudged(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a policy says that is not judged."""
    spec = manifest.get("spec") or {}
    yield from sorted(key for key in spec.keys() - _SPEC if key not in _OFF or spec[key] is not False)
    for key, space in _KEYS.items():
        if _selected(spec.get(key, ""), space) is None:
            yield f"{key} {spec[key]}"
    if spec.get("namespaceSelector") and manifest["kind"] == NAMESPACED:
        yield "namespaceSelector"
    for side in ("ingress", "egress"):
        for rule in spec.get(side) or ():
            yield from (f"{side}: {part}" for part in _unjudged_rule(rule, side))


def _unjudged_rule(rule: dict[str, Any], side: str) -> Iterator[str]:
    transport = _transport(rule.get("protocol"))
    known = _RULE | ({"icmp", "notICMP"} if transport is None and "protocol" in rule else set())
    yield from sorted(rule.keys() - known)
    if rule.get("action") != "Log" and str(rule.get("action")) not in _ACTIONS:
        yield f"action {rule.get('action')}"
    whom, own = ("source", "destination") if side == "ingress" else ("destination", "source")
    peer, target = rule.get(whom) or {}, rule.get("destination") or {}
    ports = [*(target.get("ports") or ()), *(target.get("notPorts") or ())]
    mine = {"ports", "notPorts"} if side == "ingress" else set()
    yield from (f"{own}.{key}" for key in sorted((rule.get(own) or {}).keys() - mine))
    yield from (f"{whom}.{key}" for key in sorted(peer.keys() - (_PEER - mine)))
    for key, space in _KEYS.items():
        if _selected(peer.get(key, ""), space) is None:
            yield f"{whom}.{key} {peer[key]}"
    if (peer.get("nets") or peer.get("notNets")) and (peer.get("selector") or peer.get("namespaceSelector")):
        yield f"{whom}: networks beside a selector"
    if ports and (transport is None or "notProtocol" in rule):
        yield f"ports of protocol {rule.get('protocol')}"
    yield from (f"port {one}" for one in ports if not isinstance(one, int) and not _is_range(one))
    yield from (f"notPorts {one}" for one in target.get("notPorts") or () if _port(one)[1] is None)


def _transport(protocol: Any) -> str | None:
    """Return a protocol that has ports; None for every other, which is no flow here."""
    if isinstance(protocol, int):
        return _NUMBERS.get(protocol)
    return str(protocol).upper() if str(protocol).upper() in PROTOCOLS else None


def _is_range(port: Any) -> bool:
    return isinstance(port, str) and (":" not in port or re.fullmatch(r"\d{1,5}:\d{1,5}", port) is not None)


def selector(text: str) -> Selector | None:
    """Return the requirements of a selector whose parts all have to hold; None where it says more than that."""
    made: list[Requirement] = []
    for part in (one.strip() for one in text.split("&&")):
        if _ANYBODY.fullmatch(part):
            continue
        if found := _HAS.fullmatch(part):
            made.append(Requirement(found[2], None, negated=bool(found[1])))
        elif found := _IS.fullmatch(part):
            made.append(Requirement(found[1], frozenset((found[3][1:-1],)), negated=found[2] == "!="))
        elif found := _AMONG.fullmatch(part):
            values = frozenset(one[1:-1] for one in re.findall(_TEXT, found[3]))
            made.append(Requirement(found[1], values, negated=found[2] != "in"))
        else:
            return None
    return tuple(made)


def _selected(text: str, space: str) -> tuple[Selector, Selector] | None:
    """Return what a selector says of namespaces by their names, under the key `space`, and the rest of it.

    None, where it says more than is judged: other things that Calico knows of a pod besides its labels, too.
    """
    parts = selector(text)
    if parts is None:
        return None
    rest = tuple(part for part in parts if part.key != space)
    if any("projectcalico.org/" in part.key or part.key.startswith(("pcns.", "pcsa.")) for part in rest):
        return None
    return tuple(Requirement(NAMESPACE, part.values, part.negated) for part in parts if part.key == space), rest


def _pods(pods: str, spaces: str, own: str) -> tuple[Selector | None, Selector]:
    """Return whom two selectors select together: by their namespaces (None: the policy's `own`), and by themselves."""
    named, labels = _selected(pods, _KEYS["selector"]) or ((), ())
    called, others = _selected(spaces, _KEYS["namespaceSelector"]) or ((), ())
    if own and not spaces:
        return ((Requirement(NAMESPACE, frozenset((own,))), *named) if named else None), labels
    return (*named, *called, *others), labels


def _policy(manifest: dict[str, Any], tier: Tier) -> Policy:
    metadata, spec = manifest.get("metadata") or {}, manifest.get("spec") or {}
    own = metadata.get("namespace", "default") if manifest["kind"] == NAMESPACED else ""
    spaces, pods = _pods(spec.get("selector", ""), spec.get("namespaceSelector", ""), own)
    # Without types both hold where both have rules, egress alone where it alone has, and else ingress alone.
    both = ["Ingress", "Egress"] if spec.get("ingress") else ["Egress"]
    types = spec.get("types") or (both if spec.get("egress") else ["Ingress"])
    rules = {
        side: tuple(_rules(spec.get(side) or (), side, own)) if side.capitalize() in types else None
        for side in ("ingress", "egress")
    }
    name, order = metadata.get("name", ""), inf if spec.get("order") is None else spec["order"]
    return Policy(own, name, pods, rules["ingress"], rules["egress"], spaces, tier, order)


def _rules(rules: Iterable[dict[str, Any]], side: str, own: str) -> Iterator[Rule]:
    for at, rule in enumerate(rules):
        peer = rule.get("source" if side == "ingress" else "destination") or {}
        if rule["action"] in _ACTIONS:
            yield Rule(_peers(peer, own), _ports(rule), part=(side, at), action=_ACTIONS[rule["action"]])


def _peers(peer: dict[str, Any], own: str) -> tuple[Peer, ...] | None:
    """Return whom an entry names; every address of a family is every pod, too."""
    nets: list[str] = peer.get("nets") or []
    but: list[str] = peer.get("notNets") or []
    if nets or but:
        given = nets or [net for net in INTERNET if (":" in net) == (":" in but[0])]
        made = tuple(Peer(cidr=net, excepted=tuple(one for one in but if lies_in(one, net))) for net in given)
        whole = not nets or (not but and not {*nets}.isdisjoint(INTERNET))
        return (Peer(namespaces=()), *made) if whole else made
    pods, spaces = peer.get("selector", ""), peer.get("namespaceSelector", "")
    if not pods and not spaces:
        return None
    called, labels = _pods(pods, spaces, own)
    return (Peer(namespaces=called, pods=labels),)


def _ports(rule: dict[str, Any]) -> tuple[Port, ...] | None:
    """Return the ports of a rule; none of what is no flow here, as of ICMP."""
    protocol, but = rule.get("protocol"), rule.get("notProtocol")
    transport, target = _transport(protocol), rule.get("destination") or {}
    if protocol is None:
        other = _transport(but)
        return None if other is None else tuple(Port(one) for one in PROTOCOLS if one != other)
    if transport is None or (but is not None and transport == _transport(but)):
        return ()
    given = [_port(one) for one in target.get("ports") or ("0:65535",)]
    named = tuple(Port(transport, name=name) for name, bounds in given if bounds is None)
    left: set[PortRange] = {(transport, *bounds) for _, bounds in given if bounds is not None}
    for _, bounds in map(_port, target.get("notPorts") or ()):
        if bounds:
            left = without(left, [(transport, *bounds)])
    numbers = tuple(Port(transport, first=first, last=last) for _, first, last in sorted(left))
    return (Port(transport),) if not named and left == {(transport, *ALL_PORTS[1:])} else (*named, *numbers)


def _port(port: int | str) -> tuple[str, tuple[int, int] | None]:
    """Return a port's name, or its first and last number."""
    if isinstance(port, str) and not re.fullmatch(r"\d+(?::\d+)?", port):
        return port, None
    first, _, last = str(port).partition(":")
    return "", (int(first), int(last or first))
