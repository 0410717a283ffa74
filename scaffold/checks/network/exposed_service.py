"""A Service is reachable from outside the cluster.

What: a Service is of type ClusterIP, without external addresses; or a load balancer's, exactly as the App declares it.
Why: a node's port or a load balancer is a door that no declared caller asked for; policies take its traffic for the
    node's.
Fields: Service spec.type, .externalIPs, .loadBalancerIP, .externalName; .allocateLoadBalancerNodePorts,
    .externalTrafficPolicy, .loadBalancerSourceRanges, .loadBalancerClass, .ports.
Allowed: ClusterIP or unset; unset; LoadBalancer with what `spec.from: loadBalancer` and the Platform say.
Reference: NSA/CISA Kubernetes Hardening Guide, network separation; CVE-2020-8554 (externalIPs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.labels import selector
from scaffold.system.balancers import balancers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from scaffold.manifests import Rendered

_DOORS = ("externalIPs", "externalName", "loadBalancerIP")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each door of a Service."""
    for manifest in rendered.applied:
        if manifest.kind != "Service":
            continue
        doors = [field for field in _DOORS if manifest.spec.get(field)]
        declared = _declared(rendered).get((manifest.namespace, manifest.name))
        if manifest.spec.get("type", "ClusterIP") != "ClusterIP" and declared is None:
            doors.append(f"type {manifest.spec['type']}")
        elif declared is not None:
            doors += [f"{key} not as declared" for key in sorted(declared) if manifest.spec.get(key) != declared[key]]
        for door in doors:
            yield Finding("error", "network/exposed-service", manifest.path, door, "use ClusterIP")


def _declared(rendered: Rendered) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the Services of load balancers have to say, by namespace and name."""
    return {
        (member.app.namespace, one["name"]): {
            "type": "LoadBalancer",
            "selector": selector(member.app.name),
            "allocateLoadBalancerNodePorts": one["node_ports"],
            "externalTrafficPolicy": one["policy"],
            "loadBalancerClass": one["optional"].get("loadBalancerClass"),
            "loadBalancerSourceRanges": one["optional"].get("loadBalancerSourceRanges"),
            "ports": one["ports"],
        }
        for member in rendered.members.values()
        for one in balancers(member.app, rendered.system.platform).values()
    }
