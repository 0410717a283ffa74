"""Read CiliumNetworkPolicies (cilium.io/v2) from manifests, as Cilium 1.20 reads them.

What is written of it by us and by most: pods by labels, blocks, names, entities, ports, DNS rules, what is denied. (A
rule for some HTTP requests is open here, as everywhere in this package.) A policy that says anything else is not
judged: `unjudged` says why, and it is never taken for less than it says.

The semantics are those of github.com/cilium/cilium `pkg/policy/api` and `pkg/k8s/apis/cilium.io/utils`.

May import: labels, manifests, model.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.labels import NAMESPACE
from scaffold.reach import manifests as read
from scaffold.reach.model import Name, Peer, Policy, Port, Requirement, Rule, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUP = "cilium.io/"
NAMESPACED, WIDE = "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"
_SIDES = {"ingress": "from", "egress": "to", "ingressDeny": "from", "egressDeny": "to"}
_SPEC = frozenset(("endpointSelector", "description", "labels", *_SIDES))
_ENTITIES = frozenset(
    ("all", "cluster", "world", "host", "remote-node", "kube-apiserver", "init", "health", "unmanaged", "ingress")
)
_TRANSPORTS = ("SCTP", "TCP", "UDP")
_SPACE = "io.kubernetes.pod.namespace"
_SPACE_LABELS = "io.cilium.k8s.namespace.labels."


def is_policy(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is a policy of Cilium's, of a namespace or of all."""
    return manifest.get("kind") in {NAMESPACED, WIDE} and str(manifest.get("apiVersion", "")).startswith(GROUP)


def policies(manifests: Iterable[dict[str, Any]]) -> list[Policy]:
    """Return the policies that are judged."""
    judged = (manifest for manifest in manifests if is_policy(manifest) and not any(unjudged(manifest)))
    return [policy for manifest in judged for policy in _policies(manifest)]


def unjudged(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a policy says that is not judged."""
    if "specs" in manifest or not manifest.get("spec"):
        yield "specs"
        return
    spec = manifest["spec"]
    yield from _but(spec, _SPEC)
    subject = spec.get("endpointSelector")
    spaces, _ = _selectors(subject or {})
    if subject is None or (spaces and not (manifest["kind"] == WIDE and _one(spaces))):
        yield "endpointSelector" if subject is None else "endpointSelector by namespaces"
    yield from _foreign_keys(subject or {})
    for side, word in _SIDES.items():
        for rule in spec.get(side) or ():
            yield from (f"{side}: {one}" for one in _unjudged_rule(rule, word))


def _unjudged_rule(rule: dict[str, Any], word: str) -> Iterator[str]:
    peers = [f"{word}{one}" for one in ("Endpoints", "CIDR", "CIDRSet", "Entities", "FQDNs")]
    yield from _but(rule, {*peers, "toPorts"})
    if rule.get("toFQDNs") == []:
        yield "toFQDNs of none"
    for selector in rule.get(f"{word}Endpoints") or ():
        yield from _foreign_keys(selector)
    for block in rule.get(f"{word}CIDRSet") or ():
        yield from _but(block, {"cidr", "except"})
    yield from (f"entity {one}" for one in rule.get(f"{word}Entities") or () if one not in _ENTITIES)
    for entry in rule.get("toPorts") or ():
        yield from _but(entry, {"ports", "rules"})
        yield from _but(entry.get("rules") or {}, {"dns", "http"})
        for port in entry.get("ports") or ({"none": True},):
            yield from _but(port, {"port", "endPort", "protocol"})
            if port.get("protocol", "ANY") not in {"ANY", *_TRANSPORTS}:
                yield f"protocol {port['protocol']}"


def _but(value: dict[str, Any], known: Iterable[str]) -> Iterator[str]:
    return (key for key in sorted(value) if key not in set(known))


def _foreign_keys(selector: dict[str, Any]) -> Iterator[str]:
    for key in _keys(selector):
        source, _, name = key.rpartition(":")
        if source not in {"", "k8s", "any"} or (name.startswith("io.cilium.") and not name.startswith(_SPACE_LABELS)):
            yield f"the label {key}"


def _keys(selector: dict[str, Any]) -> list[str]:
    return [*(selector.get("matchLabels") or ()), *(one["key"] for one in selector.get("matchExpressions") or ())]


def _policies(manifest: dict[str, Any]) -> Iterator[Policy]:
    """Yield what a policy allows, and what it denies: that is asked before whatever allows."""
    metadata, spec = manifest.get("metadata") or {}, manifest["spec"]
    space = metadata.get("namespace", "default") if manifest["kind"] == NAMESPACED else ""
    spaces, pods = _selectors(spec["endpointSelector"])
    rules = {
        side: tuple(
            replace(one, part=(side, at), action="deny" if side.endswith("Deny") else "allow")
            for at, rule in enumerate(spec.get(side) or ())
            for one in _rules(rule, word, space)
        )
        for side, word in _SIDES.items()
    }
    own, name = space or _one(spaces), metadata.get("name", "")
    if rules["ingressDeny"] or rules["egressDeny"]:
        yield Policy(own, name, pods, rules["ingressDeny"] or None, rules["egressDeny"] or None, order=-inf)
    # A direction without any entry, of either kind, is not isolated; an empty entry opens nothing, but isolates.
    held = {side: bool(spec.get(side) or spec.get(f"{side}Deny")) for side in ("ingress", "egress")}
    yield Policy(
        own,
        name,
        pods,
        rules["ingress"] if held["ingress"] else None,
        rules["egress"] if held["egress"] else None,
    )


def _rules(rule: dict[str, Any], word: str, space: str) -> Iterator[Rule]:
    """Yield the rules of one entry, one for each list of ports: none, where it names nobody and no port."""
    peers = _peers(rule, word, space)
    several = rule.get("toPorts") or ()
    if peers is None and several:
        yield from (Rule(None, tuple(_ports(entry)), _asked(entry)) for entry in several)
    elif peers:
        yield from (Rule(peers, tuple(_ports(entry)), _asked(entry)) for entry in several)
        if not several:
            yield Rule(peers, None)


def _peers(rule: dict[str, Any], word: str, space: str) -> tuple[Peer, ...] | None:
    """Return whom an entry names; None where it says nothing of it, which is everybody beside ports."""
    kinds = [rule.get(f"{word}{kind}") for kind in ("Endpoints", "CIDR", "CIDRSet", "Entities", "FQDNs")]
    if all(kind is None for kind in kinds):
        return None
    pods, blocks, sets, entities, hosts = (kind or () for kind in kinds)
    return (
        *(_pods(selector, space) for selector in pods),
        *(Peer(cidr=cidr) for cidr in blocks),
        *(Peer(cidr=block["cidr"], excepted=tuple(block.get("except") or ())) for block in sets),
        *(Peer(name=Name(entity, entity=True)) for entity in entities),
        *(Peer(name=Name(host.get("matchName") or host["matchPattern"])) for host in hosts),
    )


def _pods(selector: dict[str, Any], space: str) -> Peer:
    """Return pods by labels: those of the policy's own namespace, unless the selector speaks of namespaces."""
    spaces, pods = _selectors(selector)
    return Peer(namespaces=spaces if spaces or not space else None, pods=pods)


def _selectors(selector: dict[str, Any]) -> tuple[Selector, Selector]:
    """Return what a selector says of namespaces, and of pods."""
    spaces, pods = [], []
    for part in read.selector(selector):
        name = part.key.rpartition(":")[2]
        if name == _SPACE:
            spaces.append(_named(part, NAMESPACE))
        elif name.startswith(_SPACE_LABELS):
            spaces.append(_named(part, name.removeprefix(_SPACE_LABELS)))
        else:
            pods.append(_named(part, name))
    return tuple(spaces), tuple(pods)


def _named(part: Requirement, key: str) -> Requirement:
    return Requirement(key, part.values, part.negated)


def _one(spaces: Selector) -> str:
    """Return the one namespace that a selector names; nothing where it is another selector."""
    values = [*(spaces[0].values or ())] if len(spaces) == 1 and not spaces[0].negated else []
    return values[0] if len(values) == 1 and spaces[0].key == NAMESPACE else ""


def _ports(entry: dict[str, Any]) -> Iterator[Port]:
    for port in entry.get("ports") or ():
        protocol, number = port.get("protocol", "ANY"), str(port.get("port", "0"))
        for one in _TRANSPORTS if protocol == "ANY" else (protocol,):
            if not number.isdecimal():
                yield Port(one, name=number)
            elif int(number):
                yield Port(one, first=int(number), last=int(port.get("endPort") or number))
            else:
                yield Port(one)


def _asked(entry: dict[str, Any]) -> tuple[str, ...] | None:
    rules = entry.get("rules") or {}
    if "dns" not in rules:
        return None
    return tuple(one.get("matchName") or one.get("matchPattern") or "" for one in rules["dns"] or ())
