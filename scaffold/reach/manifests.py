"""Read pods, namespaces and policies from manifests (parsed YAML), as the API server defaults them.

May import: model, ambient, linkerd_injection, sidecar, waypoint, labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.labels import NAMESPACE
from scaffold.reach import ambient, linkerd_injection, sidecar, waypoint
from scaffold.reach.model import Peer, Pod, Policy, Port, Requirement, Rule, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WORKLOADS = ("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet")
_CRON_POINTER = "/spec/jobTemplate/spec/template/spec"


def pods(manifests: Iterable[dict[str, Any]]) -> list[Pod]:
    """Return one Pod for each workload: replicas cannot be told apart by policies."""
    objects = list(manifests)
    spaces, notes = namespaces(objects), linkerd_injection.notes(objects)
    return [found for manifest in objects if (found := pod(manifest, spaces, notes)) is not None]


def pod(
    manifest: dict[str, Any], spaces: Mapping[str, Mapping[str, str]], notes: Mapping[str, Mapping[str, str]]
) -> Pod | None:
    """Return the Pod of a workload, or of what a controller makes a proxy of; None for all else.

    Args:
        manifest: any object.
        spaces: the labels of each namespace.
        notes: the annotations of each namespace.
    """
    if waypoint.is_waypoint(manifest):
        return waypoint.pod(manifest)
    found = template_of(manifest)
    if found is None:
        return None
    template, _ = found
    metadata = manifest.get("metadata", {})
    namespace = metadata.get("namespace", "default")
    labels = (template.get("metadata") or {}).get("labels") or {}
    own = (namespace, metadata.get("name", ""), tuple(sorted(labels.items())), _ports(template.get("spec") or {}))
    if account := sidecar.account(template, spaces.get(namespace, {})):
        return Pod(*own, account, sidecar.uncaptured(template))
    if account := ambient.account(template, spaces.get(namespace, {})):
        through = waypoint.used(template, namespace, spaces.get(namespace, {}))
        return Pod(*own, account, ambient.uncaptured(template), tunnelled=True, through=through)
    noted = notes.get(namespace, {})
    if account := linkerd_injection.account(template, noted):
        return Pod(*own, account, linkerd_injection.uncaptured(template, noted), tunnelled=True)
    return Pod(*own)


def _ports(spec: dict[str, Any]) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (str(port.get("name", "")), str(port.get("protocol", "TCP")), int(port["containerPort"]))
        for container in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
        for port in container.get("ports") or ()
    )


def template_of(manifest: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    """Return the pod template of a workload and the JSON pointer to its spec; a Pod is its own; None for all else."""
    kind, spec = manifest.get("kind"), manifest.get("spec") or {}
    if kind == "Pod":
        return manifest, "/spec"
    if kind == "CronJob":
        return ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}, _CRON_POINTER
    return (spec.get("template") or {}, "/spec/template/spec") if kind in _WORKLOADS else None


def namespaces(manifests: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the labels of each namespace, with the one that the API server sets."""
    return {
        metadata["name"]: {**(metadata.get("labels") or {}), NAMESPACE: metadata["name"]}
        for metadata in (manifest["metadata"] for manifest in manifests if manifest.get("kind") == "Namespace")
    }


def policies(manifests: Iterable[dict[str, Any]]) -> list[Policy]:
    """Return the NetworkPolicies (networking.k8s.io/v1)."""
    return [
        _policy(manifest)
        for manifest in manifests
        if manifest.get("kind") == "NetworkPolicy"
        and str(manifest.get("apiVersion", "")).startswith("networking.k8s.io/")
    ]


def _policy(manifest: dict[str, Any]) -> Policy:
    metadata, spec = manifest.get("metadata", {}), manifest.get("spec") or {}
    # Without policyTypes, Ingress always holds, and Egress only where egress rules exist.
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return Policy(
        metadata.get("namespace", "default"),
        metadata.get("name", ""),
        selector(spec.get("podSelector") or {}),
        tuple(_rule(rule, "from") for rule in spec.get("ingress") or ()) if "Ingress" in types else None,
        tuple(_rule(rule, "to") for rule in spec.get("egress") or ()) if "Egress" in types else None,
    )


def _rule(rule: dict[str, Any], side: str) -> Rule:
    peers, ports = rule.get(side), rule.get("ports")
    return Rule(
        tuple(map(_peer, peers)) if peers else None,  # missing or empty: everybody
        tuple(map(_port, ports)) if ports else None,
    )


def _peer(peer: dict[str, Any]) -> Peer:
    if peer.get("ipBlock"):
        block = peer["ipBlock"]
        return Peer(cidr=block["cidr"], excepted=tuple(block.get("except") or ()))
    spaces = peer.get("namespaceSelector")
    return Peer(namespaces=None if spaces is None else selector(spaces), pods=selector(peer.get("podSelector") or {}))


def _port(port: dict[str, Any]) -> Port:
    protocol, number = str(port.get("protocol", "TCP")), port.get("port")
    if number is None:
        return Port(protocol)
    if isinstance(number, str):
        return Port(protocol, name=number)
    return Port(protocol, first=number, last=port.get("endPort", number))


def selector(value: dict[str, Any]) -> Selector:
    """Return a label selector's requirements."""
    made = [Requirement(key, frozenset((str(text),))) for key, text in sorted((value.get("matchLabels") or {}).items())]
    for expression in value.get("matchExpressions") or ():
        operator, values = expression["operator"], expression.get("values")
        listed = None if operator in {"Exists", "DoesNotExist"} else frozenset(map(str, values or ()))
        made.append(Requirement(expression["key"], listed, negated=operator in {"NotIn", "DoesNotExist"}))
    return tuple(made)
