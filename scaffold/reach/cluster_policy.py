"""Read ClusterNetworkPolicies (policy.networking.k8s.io/v1alpha2) of tier Admin that deny networks to one namespace.

They are asked before every NetworkPolicy. What is passed on before anything is denied is left to these; nothing is
accepted. A policy that says anything else is not judged: `unjudged` says why.

The semantics are those of sigs.k8s.io/network-policy-api `apis/v1alpha2`.

May import: labels, networks, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.labels import NAMESPACE
from scaffold.networks import lies_in
from scaffold.reach.model import Peer, Policy, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPEC = frozenset(("egress", "priority", "subject", "tier"))


def is_policy(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is such a policy, of whichever tier."""
    version = str(manifest.get("apiVersion", ""))
    return manifest.get("kind") == "ClusterNetworkPolicy" and version.startswith("policy.networking.k8s.io/")


def policies(manifests: Iterable[dict[str, Any]]) -> list[Policy]:
    """Return the policies that are judged."""
    return [policy for _, policy in ordered(manifests)]


def ordered(manifests: Iterable[dict[str, Any]]) -> list[tuple[int, Policy]]:
    """Return the policies that are judged, each with its number among the objects, in the order in which all are asked.

    What one passes on is left to NetworkPolicies, whatever a later one denies.
    """
    known = [(at, one) for at, one in enumerate(manifests) if is_policy(one) and not any(unjudged(one))]
    known.sort(key=lambda one: (_priority(one[1]), one[0]))
    passed: dict[str, list[str]] = {}
    return [(at, _policy(manifest, passed.setdefault(subject_of(manifest), []))) for at, manifest in known]


def undecided(manifests: Iterable[dict[str, Any]]) -> list[int]:
    """Return the numbers of those that nobody says which of is asked first, where that makes a difference."""
    alike: dict[tuple[str, int], list[tuple[int, bool]]] = {}
    for at, one in enumerate(manifests):
        if is_policy(one):
            passes = any(rule.get("action") == "Pass" for rule in one["spec"].get("egress") or ())
            alike.setdefault((subject_of(one), _priority(one)), []).append((at, passes))
    return [
        at for several in alike.values() if len(several) > 1 and any(one for _, one in several) for at, _ in several
    ]


def _priority(manifest: dict[str, Any]) -> int:
    return int((manifest.get("spec") or {}).get("priority", 0))


def unjudged(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a policy says that is not judged."""
    spec = manifest.get("spec") or {}
    yield from sorted(spec.keys() - _SPEC)
    if spec.get("tier") != "Admin":
        yield f"tier {spec.get('tier')}"
    if not isinstance(spec.get("priority"), int):
        yield f"priority {spec.get('priority')}"
    if not subject_of(manifest):
        yield "a subject that is not one namespace by its name"
    rules = spec.get("egress") or ()
    actions = [str(rule.get("action")) for rule in rules]
    if actions != ["Pass"] * actions.count("Pass") + ["Deny"] * actions.count("Deny"):
        yield f"{', then '.join(actions)}"
    for rule in rules:
        yield from sorted(rule.keys() - {"action", "name", "to"})
        for peer in rule.get("to") or ({"nobody": ()},):
            yield from (f"to: {key}" for key in sorted({*peer} - {"networks"}))


def subject_of(manifest: dict[str, Any]) -> str:
    """Return the one namespace that is the subject of a policy; nothing where it is another one."""
    subject = (manifest.get("spec") or {}).get("subject") or {}
    selector = subject.get("namespaces") or {}
    labels = selector.get("matchLabels") or {}
    plain = subject.keys() == {"namespaces"} and selector.keys() == {"matchLabels"} and labels.keys() == {NAMESPACE}
    return str(labels[NAMESPACE]) if plain else ""


def _policy(manifest: dict[str, Any], passed: list[str]) -> Policy:
    """Return a policy beside what those before it passed on, to which it adds what it passes on itself."""
    spec = manifest["spec"]
    nets: dict[str, list[str]] = {"Pass": passed, "Deny": []}
    for rule in spec.get("egress") or ():
        nets[rule["action"]] += [text for peer in rule["to"] for text in peer["networks"]]
    peers = tuple(
        Peer(cidr=net, excepted=tuple(one for one in passed if lies_in(one, net)))
        for net in nets["Deny"]
        if not any(lies_in(net, one) for one in passed)
    )
    name = (manifest.get("metadata") or {}).get("name", "")
    return Policy(subject_of(manifest), name, (), None, None, (), (Rule(peers, None),) if peers else ())
