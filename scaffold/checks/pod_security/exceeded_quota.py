"""The workloads of a namespace do not fit its quota.

What: each App namespace has a ResourceQuota, and the pods of its workloads and of their proxies, with those that a
    rollout adds, fit in.
    Where the Platform limits no CPU, nothing of the namespace asks for such limits, or sets them.
Why: a quota that is too small stops a rollout half-way; none at all stops nobody. One on limits refuses pods without.
Fields: ResourceQuota spec.hard; spec.replicas, or spec.maxReplicas of its autoscaler;
    spec.strategy.rollingUpdate.maxSurge, spec.volumeClaimTemplates; resources of containers and init
    containers, .restartPolicy; LimitRange spec.limits; overhead of the Platform's spec.nodePools.
Reference: CIS Kubernetes 5.7.1; Kubernetes, resource quotas.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scaffold.answers.policy import NodePool
    from scaffold.manifests import Manifest, PodTemplate, Rendered
    from scaffold.system.model import Member

    _Container = dict[str, Any]

_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_UNITS = {"m": Decimal("0.001"), "Ki": Decimal(1 << 10), "Mi": Decimal(1 << 20), "Gi": Decimal(1 << 30)}


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each namespace without a quota, and for each resource that does not fit."""
    needed: dict[str, dict[str, Decimal]] = {name: {} for name in rendered.system.namespaces}
    for namespace, amounts in _taken(rendered):
        total = needed.setdefault(namespace, {})
        for name, amount in amounts.items():
            total[name] = total.get(name, Decimal(0)) + amount
    if not rendered.system.platform.spec.cpuLimits:
        for total in needed.values():
            total.pop("limits.cpu", None)
        yield from _limiting(rendered)
    quotas = {manifest.namespace: manifest for manifest in rendered.applied if manifest.kind == "ResourceQuota"}
    for namespace, total in needed.items():
        if namespace not in quotas:
            place = f"namespaces/{namespace}"
            yield Finding(
                "error", "pod-security/exceeded-quota", place, "no ResourceQuota", "add one for the namespace"
            )
            continue
        hard = quotas[namespace].spec.get("hard") or {}
        for name, amount in total.items():
            if name not in hard or quantity(hard[name]) < amount:
                reason = f"{name}: {hard.get(name)} is too little for {amount.normalize():f}"
                yield Finding("error", "pod-security/exceeded-quota", quotas[namespace].path, reason, "raise the quota")


def _taken(rendered: Rendered) -> Iterator[tuple[str, dict[str, Decimal]]]:
    """Yield what the pods of each workload, and of each proxy, take at most, with their namespace."""
    for pod in rendered.pods:
        member = rendered.members.get(pod.owner)
        overhead = _overhead(member, rendered.system.platform.spec.nodePools) if member else {}
        yield pod.manifest.namespace, _needs(pod, member, _pods(rendered, pod), overhead)
    for member in rendered.system.members:
        yield member.app.namespace, _of_proxies(member)


def _limiting(rendered: Rendered) -> Iterator[Finding]:
    """Yield what asks containers for a CPU limit, or gives them one, where none of them has any."""
    for manifest in rendered.applied:
        asked = "limits.cpu" in (manifest.spec.get("hard") or {})
        given = any("cpu" in (item.get(key) or {}) for item in _items(manifest) for key in ("default", "max"))
        if asked or given:
            reason = "limits CPU, which the Platform leaves unlimited: the pods are refused"
            yield Finding("error", "pod-security/exceeded-quota", manifest.path, reason, "take cpu out")


def _items(manifest: Manifest) -> list[dict[str, Any]]:
    return manifest.spec.get("limits") or [] if manifest.kind == "LimitRange" else []


def _pods(rendered: Rendered, pod: PodTemplate) -> int:
    """Return how many pods a workload asks for at most: its own number, or its autoscaler's."""
    scaled = [scaler.spec.get("maxReplicas", 1) for scaler in rendered.autoscalers.get(pod.manifest.identity, ())]
    return max(int(pod.manifest.spec.get("replicas", 1)), *map(int, scaled), 1)


def _overhead(member: Member, pools: Mapping[str, NodePool]) -> dict[str, Decimal]:
    """Return what the RuntimeClass of the App's node pool adds to each pod; the API server puts it into the pod."""
    pool = pools.get(member.app.spec.isolation or "")
    given = {"cpu": pool.overhead.cpu, "memory": pool.overhead.memory} if pool and pool.overhead else {}
    return {name: quantity(amount) for name, amount in given.items() if amount}


def _needs(pod: PodTemplate, member: Member | None, pods: int, overhead: Mapping[str, Decimal]) -> dict[str, Decimal]:
    count = _count(pod, member, pods)
    made = {"pods": count}
    sidecars = [{"cpu": entry.cpu, "memory": entry.memory} for entry, _ in member.additions.sidecars] if member else []
    added = [{"resources": {"requests": sidecar, "limits": sidecar}, "restartPolicy": "Always"} for sidecar in sidecars]
    init = [*added, *(pod.spec.get("initContainers") or ())]
    for kind in ("requests", "limits"):
        for resource in _RESOURCES:
            taken = most(init, pod.spec.get("containers") or (), kind, resource)
            # What has no limit is not limited by the overhead, either.
            beside = overhead.get(resource, 0) if taken or kind == "requests" else 0
            made[f"{kind}.{resource}"] = count * (taken + beside)
    for claim in pod.manifest.spec.get("volumeClaimTemplates") or ():
        size = quantity(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", 0))
        made["persistentvolumeclaims"] = made.get("persistentvolumeclaims", Decimal(0)) + count
        made["requests.storage"] = made.get("requests.storage", Decimal(0)) + count * size
    return made


def _of_proxies(member: Member) -> dict[str, Decimal]:
    """Return what the proxies of an App take at most: while new pods start, old ones still count."""
    made: dict[str, Decimal] = {}
    for entry, _ in member.additions.proxies:
        pods = Decimal(2 * entry.replicas)
        made["pods"] = made.get("pods", Decimal(0)) + pods
        amounts = {"cpu": entry.cpu, "memory": entry.memory, "ephemeral-storage": entry.storage}
        for kind, (resource, amount) in product(("requests", "limits"), amounts.items()):
            name = f"{kind}.{resource}"
            made[name] = made.get(name, Decimal(0)) + pods * quantity(amount)
    return made


def most(init: Sequence[_Container], own: Sequence[_Container], kind: str, resource: str) -> Decimal:
    """Return what a pod takes at most at one time, as Kubernetes reckons (KEP-753).

    Init containers run one after the other, each beside the sidecars before it; what serves, beside all sidecars.
    """

    def of(container: _Container) -> Decimal:
        return quantity(((container.get("resources") or {}).get(kind) or {}).get(resource, 0))

    taken = beside = Decimal(0)
    for container in init:
        stays = container.get("restartPolicy") == "Always"
        beside += of(container) if stays else 0
        taken = max(taken, beside if stays else beside + of(container))
    return max(taken, beside + sum(map(of, own)))


def _count(pod: PodTemplate, member: Member | None, pods: int) -> Decimal:
    """Return how many pods there are at most at one time: of a DaemonSet, as many as there are said to be nodes."""
    spec = pod.manifest.spec
    if pod.manifest.kind == "DaemonSet":
        return Decimal(member.app.spec.workload.pods if member else 1)
    surge = ((spec.get("strategy") or {}).get("rollingUpdate") or {}).get("maxSurge", 0)
    return Decimal(pods + int(surge))


def quantity(text: Any) -> Decimal:
    """Return a Kubernetes quantity as a number: `250m`, `64Mi`, `2`."""
    spelled = str(text)
    unit = next((unit for unit in _UNITS if spelled.endswith(unit)), "")
    return Decimal(spelled.removesuffix(unit)) * _UNITS.get(unit, Decimal(1))
