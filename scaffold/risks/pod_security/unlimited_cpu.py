"""Containers may take any CPU that is idle.

What: the Platform leaves CPU limits out, in all of its namespaces.
Why: pods are not throttled while CPU is idle, and start and answer faster. But what they get differs from node to node
    and day to day, their quality of service is no longer Guaranteed, and what an intruder starts may take all that is
    idle. A quota on requests bounds how many there are, not what each takes.
Fields: Platform spec.cpuLimits.
Allowed: true.
Reference: Kubernetes, resource management for pods; CIS Kubernetes 5.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for a Platform without CPU limits."""
    if not system.platform.spec.cpuLimits:
        place = f"Platform {system.platform.metadata.name}"
        reason = (
            "no container has a CPU limit: none is throttled while CPU is idle, but what an intruder starts may take "
            "all of it, and no pod is Guaranteed"
        )
        remedy = "leave spec.cpuLimits out, and request what each App needs"
        yield Finding("warning", "pod-security/unlimited-cpu", place, reason, remedy)
