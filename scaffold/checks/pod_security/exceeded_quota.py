"""The workloads of a namespace do not fit its quota.

What: each App namespace has a ResourceQuota, and the pods of its workloads, with those that a rollout adds, fit in.
Why: a quota that is too small stops a rollout half-way; none at all stops nobody.
Fields: ResourceQuota spec.hard; Deployment spec.replicas, spec.strategy.rollingUpdate.maxSurge; containers' resources.
Reference: CIS Kubernetes 5.7.1; Kubernetes, resource quotas.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import PodTemplate, Rendered

_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_UNITS = {"m": Decimal("0.001"), "Ki": Decimal(1 << 10), "Mi": Decimal(1 << 20), "Gi": Decimal(1 << 30)}


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each namespace without a quota, and for each resource that does not fit."""
    needed: dict[str, dict[str, Decimal]] = {name: {} for name in rendered.system.namespaces}
    sidecars = {m.app.key: [entry for entry, _ in m.additions.sidecars] for m in rendered.system.members}
    for pod in rendered.pods:
        total = needed.setdefault(pod.manifest.namespace, {})
        added = [{"cpu": entry.cpu, "memory": entry.memory} for entry in sidecars.get(pod.manifest.file.subject, ())]
        for name, amount in _needs(pod, added).items():
            total[name] = total.get(name, Decimal(0)) + amount
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
            if name not in hard or _quantity(hard[name]) < amount:
                reason = f"{name}: {hard.get(name)} is too little for {amount.normalize():f}"
                yield Finding("error", "pod-security/exceeded-quota", quotas[namespace].path, reason, "raise the quota")


def _needs(pod: PodTemplate, sidecars: list[dict[str, str]]) -> dict[str, Decimal]:
    spec = pod.manifest.spec
    surge = ((spec.get("strategy") or {}).get("rollingUpdate") or {}).get("maxSurge", 0)
    count = Decimal(int(spec.get("replicas", 1)) + int(surge))
    made = {"pods": count}
    resources = [container.get("resources") or {} for _, container in pod.containers()]
    for given in (*resources, *({"requests": sidecar, "limits": sidecar} for sidecar in sidecars)):
        for kind in ("requests", "limits"):
            amounts = given.get(kind) or {}
            for resource in _RESOURCES:
                key = f"{kind}.{resource}"
                made[key] = made.get(key, Decimal(0)) + count * _quantity(amounts.get(resource, 0))
    return made


def _quantity(text: Any) -> Decimal:
    """Return a Kubernetes quantity as a number: `250m`, `64Mi`, `2`."""
    spelled = str(text)
    unit = next((unit for unit in _UNITS if spelled.endswith(unit)), "")
    return Decimal(spelled.removesuffix(unit)) * _UNITS.get(unit, Decimal(1))
