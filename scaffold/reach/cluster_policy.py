"""Read ClusterNetworkPolicies (policy.networking.k8s.io/v1alpha2), and what they were in v1alpha1.

There they are AdminNetworkPolicies and a BaselineAdminNetworkPolicy. They are asked before every NetworkPolicy (tier
Admin) or after it (Baseline), by their priority; what is passed goes on with the next tier. A policy that says what is
not judged (nodes by their labels) is left out: `unjudged` says why.

The semantics are those of sigs.k8s.io/network-policy-api `apis/v1alpha2` and `apis/v1alpha1`.

May import: labels, manifests, model, ranges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.labels import NAMESPACE
from scaffold.reach.manifests import selector
from scaffold.reach.model import ADMIN, BASELINE, Name, Peer, Policy, Port, Rule
from scaffold.reach.ranges import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.model import Action, Selector

GROUP = "policy.networking.k8s.io/"
KIND, ADMINS, BASELINES = "ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"
SIDES = {"ingress": "from", "egress": "to"}
_SPEC = frozenset(("egress", "ingress", "priority", "subject", "tier"))
_ACTIONS: dict[str, Action] = {"Accept": "allow", "Allow": "allow", "Deny": "deny", "Pass": "pass"}
_PEERS = {"ingress": ("namespaces", "pods"), "egress": ("domainNames", "namespaces", "networks", "pods")}
_PORTS = frozenset(("tcp", "udp", "sctp", "destinationNamedPort", "portNumber", "portRange", "namedPort"))


def is_policy(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is such a policy, of whichever tier."""
    return manifest.get("kind") in {KIND, ADMINS, BASELINES} and str(manifest.get("apiVersion", "")).startswith(GROUP)


def policies(manifests: Iterable[dict[str, Any]]) -> list[Policy]:
    """Return the policies that are judged."""
    return [_policy(manifest) for manifest in manifests if is_policy(manifest) and not any(unjudged(manifest))]


def unjudged(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a policy says that is not judged."""
    spec = manifest.get("spec") or {}
    yield from sorted(spec.keys() - _SPEC)
    if manifest["kind"] == KIND and spec.get("tier") not in ("Admin", "Baseline"):
        yield f"tier {spec.get('tier')}"
    if manifest["kind"] != BASELINES and not isinstance(spec.get("priority"), int):
        yield f"priority {spec.get('priority')}"
    if len(spec.get("subject") or {}) != 1 or not spec["subject"].keys() <= {"namespaces", "pods"}:
        yield "a subject that is neither namespaces nor pods"
    for side, word in SIDES.items():
        for rule in spec.get(side) or ():
            yield from (f"{side}: {one}" for one in _unjudged_rule(rule, side, word))


def _unjudged_rule(rule: dict[str, Any], side: str, word: str) -> Iterator[str]:
    yield from sorted(rule.keys() - {"action", "name", "ports", "protocols", word})
    if str(rule.get("action")) not in _ACTIONS:
        yield f"action {rule.get('action')}"
    for peer in rule.get(word) or ({"nobody": ()},):
        yield from (f"{word}: {key}" for key in sorted(peer.keys() - set(_PEERS[side])))
        if len(peer) != 1:
            yield f"{word}: {', '.join(sorted(peer)) or 'nobody'} in one entry"
        if "domainNames" in peer and _ACTIONS.get(str(rule.get("action"))) != "allow":
            yield f"{word}: domainNames with action {rule.get('action')}"
    for port in (*(rule.get("protocols") or ()), *(rule.get("ports") or ())):
        if len(port) != 1 or not port.keys() <= _PORTS:
            yield f"the port {', '.join(sorted(port)) or 'of nothing'}"


def subject_of(manifest: dict[str, Any]) -> str:
    """Return the one namespace that is the subject of a policy; nothing where it is another one."""
    subject = (manifest.get("spec") or {}).get("subject") or {}
    chosen = subject.get("namespaces") or {}
    labels = chosen.get("matchLabels") or {}
    plain = subject.keys() == {"namespaces"} and chosen.keys() == {"matchLabels"} and labels.keys() == {NAMESPACE}
    return str(labels[NAMESPACE]) if plain else ""


def _policy(manifest: dict[str, Any]) -> Policy:
    kind, spec = manifest["kind"], manifest["spec"]
    spaces, pods = _pods(next(iter(spec["subject"].items())))
    rules = {side: tuple(_rule(rule, side) for rule in spec[side]) if spec.get(side) else None for side in SIDES}
    return Policy(
        "",
        (manifest.get("metadata") or {}).get("name", ""),
        pods,
        rules["ingress"],
        rules["egress"],
        spaces,
        BASELINE if kind == BASELINES or spec.get("tier") == "Baseline" else ADMIN,
        0 if kind == BASELINES else spec["priority"],
    )


def _pods(chosen: tuple[str, dict[str, Any]]) -> tuple[Selector, Selector]:
    """Return what is said of namespaces, and of pods in them."""
    key, value = chosen
    if key == "namespaces":
        return selector(value), ()
    return selector(value.get("namespaceSelector") or {}), selector(value.get("podSelector") or {})


def _rule(rule: dict[str, Any], side: str) -> Rule:
    peers = tuple(made for peer in rule[SIDES[side]] for made in _peers(next(iter(peer.items()))))
    listed = (*(rule.get("protocols") or ()), *(rule.get("ports") or ()))
    ports = tuple(made for port in listed for made in _ports(next(iter(port.items())))) if listed else None
    # Whoever accepts a name sees to it that its addresses are known.
    names = tuple(peer.name.name for peer in peers if peer.name is not None) or None
    return Rule(peers, ports, names, action=_ACTIONS[rule["action"]])


def _peers(chosen: tuple[str, Any]) -> Iterator[Peer]:
    key, value = chosen
    if key == "networks":
        yield from (Peer(cidr=cidr) for cidr in value)
    elif key == "domainNames":
        # `*` stands for one label or several.
        yield from (Peer(name=Name(f"*{text}" if text.startswith("*.") else text)) for text in value)
    else:
        spaces, pods = _pods(chosen)
        yield Peer(namespaces=spaces, pods=pods)


def _ports(chosen: tuple[str, Any]) -> Iterator[Port]:
    key, value = chosen
    if key in {"destinationNamedPort", "namedPort"}:
        yield from (Port(protocol, name=value) for protocol in PROTOCOLS)
        return
    if key in {"portNumber", "portRange"}:
        first = value["port"] if key == "portNumber" else value["start"]
        yield Port(value.get("protocol", "TCP"), first=first, last=value.get("end", first))
        return
    port = (value or {}).get("destinationPort") or {}
    bounds = port.get("range") or {}
    first = bounds.get("start", port.get("number"))
    yield Port(key.upper(), first=first, last=bounds.get("end", first))
