"""A Service is reachable from outside the cluster.

What: a Service is of type ClusterIP, without external addresses.
Why: a node's port or a load balancer is a door that no declared caller asked for; policies take its traffic for the
    node's.
Fields: Service spec.type, .externalIPs, .loadBalancerIP, .externalName.
Allowed: ClusterIP or unset; unset.
Reference: NSA/CISA Kubernetes Hardening Guide, network separation; CVE-2020-8554 (externalIPs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_DOORS = ("externalIPs", "externalName", "loadBalancerIP")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each door of a Service."""
    for manifest in rendered.applied:
        if manifest.kind != "Service":
            continue
        doors = [field for field in _DOORS if manifest.spec.get(field)]
        if manifest.spec.get("type", "ClusterIP") != "ClusterIP":
            doors.append(f"type {manifest.spec['type']}")
        for door in doors:
            yield Finding("error", "network/exposed-service", manifest.path, door, "use ClusterIP")
