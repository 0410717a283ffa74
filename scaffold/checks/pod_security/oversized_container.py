"""A container takes more than the Platform allows, or may.

What: where the Platform says what a container takes at most, none of the bundle takes more, and the LimitRange of each
    App namespace refuses what is made there later. Sidecars and proxies that the Platform itself adds may be
    larger. Where CPU has
    no limits, a maximum of it would refuse every pod: there is none.
Why: one container takes what a whole namespace was meant to share, or a node that others need.
Fields: containers[*].resources.requests, .limits; LimitRange spec.limits[*].max.
Allowed: up to the Platform's spec.resources.most, or the largest sidecar or proxy.
Reference: Kubernetes, limit ranges; CIS Kubernetes 5.7; NSA/CISA Kubernetes Hardening Guide: Resource policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.checks.pod_security.exceeded_quota import quantity
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from scaffold.manifests import Rendered

_CHECK = "pod-security/oversized-container"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each container that is too large, and for each namespace that would admit one."""
    spec = rendered.system.platform.spec
    given = {"cpu": spec.resources.most.cpu, "memory": spec.resources.most.memory}
    most = {name: quantity(amount) for name, amount in given.items() if amount}
    for pod in rendered.pods:
        for place, container in pod.containers():
            resources = container.get("resources") or {}
            for kind in ("requests", "limits"):
                for name, amount in (resources.get(kind) or {}).items():
                    if name in most and quantity(amount) > most[name]:
                        reason = f"{kind} {amount} of {name}: the Platform allows {given[name]}"
                        yield Finding("error", _CHECK, f"{place}/resources/{kind}/{name}", reason)
    bounds = {name: amount for name, amount in most.items() if name != "cpu" or spec.cpuLimits}
    for namespace in rendered.system.namespaces if bounds else ():
        yield from _admitting(rendered, namespace, _with_sidecars(rendered, namespace, bounds))


def _with_sidecars(rendered: Rendered, namespace: str, bounds: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return what a LimitRange has to admit: of each resource the most, or what the largest sidecar or proxy takes."""
    made = dict(bounds)
    for member in rendered.system.members:
        sidecars = [(entry.cpu, entry.memory) for entry, _ in member.additions.sidecars]
        proxies = [(entry.cpu, entry.memory) for entry, _ in member.additions.proxies]
        for cpu, memory in (*sidecars, *proxies) if member.app.namespace == namespace else ():
            for name, amount in (("cpu", cpu), ("memory", memory)):
                if name in made:
                    made[name] = max(made[name], quantity(amount))
    return made


def _admitting(rendered: Rendered, namespace: str, bounds: Mapping[str, Decimal]) -> Iterator[Finding]:
    """Yield what a namespace does not bound; of several LimitRanges, the strictest holds."""
    ranges = [one for one in rendered.applied if one.kind == "LimitRange" and one.namespace == namespace]
    items = [item for one in ranges for item in one.spec.get("limits") or () if item.get("type") == "Container"]
    for name, bound in bounds.items():
        found = [quantity(item["max"][name]) for item in items if name in (item.get("max") or {})]
        if not found or min(found) > bound:
            reason = f"containers may take {min(found).normalize():f} of {name}" if found else f"{name} has no maximum"
            yield Finding("error", _CHECK, f"namespaces/{namespace}", f"{reason}, not at most {bound.normalize():f}")
