"""A container may take more than it asked for.

What: CPU, memory and ephemeral storage are requested, and limited to the same amount; CPU is not limited at all where
    the Platform leaves its limits out.
Why: what is not bounded starves its neighbours; what exceeds its request is evicted first.
Fields: containers[*].resources.requests, .limits.
Allowed: equal, for cpu, memory and ephemeral-storage; without spec.cpuLimits of the Platform no limit of cpu.
Reference: CIS Kubernetes 5.7, NSA/CISA Kubernetes Hardening Guide, resource policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_RESOURCES = ("cpu", "memory", "ephemeral-storage")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each resource without a request, or with another limit."""
    unlimited = () if rendered.system.platform.spec.cpuLimits else ("cpu",)
    for pod in rendered.pods:
        for place, container in pod.containers():
            resources = container.get("resources") or {}
            requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
            for name in _RESOURCES:
                limit = None if name in unlimited else requests.get(name)
                if not requests.get(name) or limits.get(name) != limit:
                    reason = f"{name}: requests {requests.get(name)}, limited to {limits.get(name)}"
                    yield Finding("error", "pod-security/unbounded-resources", place, reason)
