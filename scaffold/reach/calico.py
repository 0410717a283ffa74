"""Read Calico's policies (projectcalico.org/v3) from manifests, as far as what they say does not hang on their order.

Calico asks the policies of a tier by their order, and the first rule that matches decides. A NetworkPolicy has order
1000. So what denies alone before it is shut whatever else says, and what allows alone after it adds to it. A policy
that says anything else, or is in another tier, is not judged: `unjudged` says why.

The semantics are those of github.com/projectcalico/calico `felix/calc` and `libcalico-go/lib/selector`.

May import: labels, networks, model.
"""

from __future__ import annotations

import re
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Any

from scaffold.labels import NAMESPACE
from scaffold.networks import lies_in
from scaffold.reach.model import Peer, Policy, Port, Requirement, Rule, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.model import Action

GROUP = "projectcalico.org/"
NAMESPACED, WIDE = "NetworkPolicy", "GlobalNetworkPolicy"
_SPEC = frozenset(("egress", "ingress", "namespaceSelector", "order", "selector", "tier", "types"))
_RULE = frozenset(("action", "destination", "metadata", "protocol", "source"))
_PEER = frozenset(("namespaceSelector", "nets", "notNets", "ports", "selector"))
_NETWORK_POLICIES = 1000  # the order of each of them
_TRANSPORTS = ("SCTP", "TCP", "UDP")
_SPACE = "projectcalico.org/name"
_KEY = r"[a-zA-Z0-9_./-]+"
_TEXT = r"""(?:"[^"]*"|'[^']*')"""
_ANYBODY = re.compile(r"(?:all\(\))?")
_HAS = re.compile(rf"(!?)\s*has\(\s*({_KEY})\s*\)")
_IS = re.compile(rf"({_KEY})\s*([!=]=)\s*({_TEXT})")
_AMONG = re.compile(rf"({_KEY})\s+(not\s+in|in)\s*\{{\s*((?:{_TEXT}\s*,\s*)*{_TEXT})\s*\}}")


def is_policy(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is a policy of Calico's, of a namespace or of all."""
    return manifest.get("kind") in {NAMESPACED, WIDE} and str(manifest.get("apiVersion", "")).startswith(GROUP)


def policies(manifests: Iterable[dict[str, Any]]) -> list[Policy]:
    """Return the policies that are judged."""
    return [_policy(manifest) for manifest in manifests if is_policy(manifest) and not any(unjudged(manifest))]


def unjudged(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a policy says that is not judged."""
    spec = manifest.get("spec") or {}
    yield from sorted(spec.keys() - _SPEC)
    if spec.get("tier", "default") != "default":
        yield "another tier than default"
    if not spec.get("types"):
        yield "no types"
    if selector(spec.get("selector", "")) is None:
        yield f"selector {spec['selector']}"
    if spec.get("namespaceSelector") and (manifest["kind"] == NAMESPACED or not _one(spec["namespaceSelector"])):
        yield "namespaceSelector"
    actions = {str(rule.get("action")) for side in ("ingress", "egress") for rule in spec.get(side) or ()}
    if actions - ({"Deny"} if spec.get("order", inf) < _NETWORK_POLICIES else {"Allow"}):
        yield f"{', '.join(sorted(actions))} with order {spec.get('order', 'of the last')}"
    for side in ("ingress", "egress"):
        for rule in spec.get(side) or ():
            yield from (f"{side}: {part}" for part in _unjudged_rule(rule, side))


def _unjudged_rule(rule: dict[str, Any], side: str) -> Iterator[str]:
    yield from sorted(rule.keys() - _RULE)
    whom, own = ("source", "destination") if side == "ingress" else ("destination", "source")
    peer, ports = rule.get(whom) or {}, (rule.get("destination") or {}).get("ports") or ()
    yield from (f"{own}.{key}" for key in sorted(rule.get(own) or {}) if side == "egress" or key != "ports")
    yield from (f"{whom}.{key}" for key in sorted(peer) if key not in _PEER or (key == "ports" and side == "ingress"))
    for key in ("selector", "namespaceSelector"):
        if selector(peer.get(key, "")) is None:
            yield f"{whom}.{key} {peer[key]}"
    if peer.get("nets") and (peer.get("selector") or peer.get("namespaceSelector")):
        yield f"{whom}.nets beside a selector"
    if peer.get("notNets") and not peer.get("nets"):
        yield f"{whom}.notNets of everything"
    if rule.get("protocol") not in _TRANSPORTS and (ports or rule.get("protocol") is not None):
        yield f"protocol {rule.get('protocol')}"
    yield from (f"port {one}" for one in ports if not isinstance(one, int) and not _is_range(one))


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
    # What Calico knows of a pod besides its labels.
    known = (part.key for part in made if "projectcalico.org/" in part.key or part.key.startswith(("pcns.", "pcsa.")))
    return None if any(key != _SPACE for key in known) else tuple(made)


def _spaces(text: str) -> Selector:
    return tuple(
        Requirement(NAMESPACE if part.key == _SPACE else part.key, part.values, part.negated)
        for part in selector(text) or ()
    )


def _one(text: str) -> str:
    """Return the one namespace that a selector names; nothing where it is another selector."""
    parts = _spaces(text)
    values = [*(parts[0].values or ())] if len(parts) == 1 and not parts[0].negated else []
    return values[0] if len(values) == 1 and parts[0].key == NAMESPACE else ""


def _policy(manifest: dict[str, Any]) -> Policy:
    metadata, spec = manifest.get("metadata") or {}, manifest["spec"]
    own = manifest["kind"] == NAMESPACED
    space = metadata.get("namespace", "default") if own else _one(spec.get("namespaceSelector", ""))
    rules = {
        side: tuple(
            chain.from_iterable(_rules(rule, side, at, own=own) for at, rule in enumerate(spec.get(side) or ()))
        )
        for side in ("ingress", "egress")
    }
    return Policy(
        space,
        metadata.get("name", ""),
        selector(spec.get("selector", "")) or (),
        rules["ingress"] if "Ingress" in spec["types"] else None,
        rules["egress"] if "Egress" in spec["types"] else None,
        order=spec.get("order", inf),
    )


def _rules(rule: dict[str, Any], side: str, at: int, *, own: bool) -> Iterator[Rule]:
    peer = rule.get("source" if side == "ingress" else "destination") or {}
    action: Action = "allow" if rule["action"] == "Allow" else "deny"
    yield Rule(_peers(peer, own=own), _ports(rule), part=(side, at), action=action)


def _peers(peer: dict[str, Any], *, own: bool) -> tuple[Peer, ...] | None:
    if nets := peer.get("nets"):
        but = peer.get("notNets") or ()
        return tuple(Peer(cidr=net, excepted=tuple(one for one in but if lies_in(one, net))) for net in nets)
    pods, spaces = peer.get("selector", ""), peer.get("namespaceSelector", "")
    if not pods and not spaces:
        return None
    return (Peer(namespaces=None if own and not spaces else _spaces(spaces), pods=selector(pods) or ()),)


def _ports(rule: dict[str, Any]) -> tuple[Port, ...] | None:
    protocol, ports = rule.get("protocol"), (rule.get("destination") or {}).get("ports")
    if protocol is None:
        return None
    return tuple(_port(protocol, one) for one in ports) if ports else (Port(protocol),)


def _port(protocol: str, port: int | str) -> Port:
    if isinstance(port, int):
        return Port(protocol, first=port, last=port)
    first, colon, last = port.partition(":")
    if colon:
        return Port(protocol, first=int(first), last=int(last))
    return Port(protocol, first=int(port), last=int(port)) if port.isdecimal() else Port(protocol, name=port)
