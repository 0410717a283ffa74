"""A mesh is told of a host that nobody declared.

What: each ServiceEntry is for one host that Apps of its namespace declared, for that namespace only, outside the mesh;
    and no host has two: which of them holds would depend on their age.
Why: an entry for a Service's name takes over its traffic; one that is exported does it in every namespace.
Fields: ServiceEntry spec.hosts, .exportTo, .location, .addresses, .endpoints.
Reference: Istio, ServiceEntry; NIST SP 800-204A.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.reach.egress import relay_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each entry that is not one of the App's hosts."""
    declared: dict[str, set[str]] = {}
    networks: dict[str, set[str]] = {}
    for app in (member.app for member in rendered.system.members):
        declared.setdefault(app.namespace, set()).update(callee.host for callee in app.spec.callees if callee.host)
        networks.setdefault(app.namespace, set()).update(c for callee in app.spec.callees for c in callee.cidrs)
    relay = relay_of(rendered.system)
    seen: set[tuple[str, str]] = set()
    for manifest in rendered.applied:
        # What the gateway for egress knows of hosts, `unasked_way` judges.
        if manifest.kind != "ServiceEntry" or (relay and manifest.namespace == relay.pod.namespace):
            continue
        spec, space = manifest.spec, manifest.namespace
        hosts = {*(spec.get("hosts") or [""])}
        wrong = {
            "hosts": not hosts <= declared.get(space, set()) or not seen.isdisjoint((space, host) for host in hosts),
            "exportTo": spec.get("exportTo") != ["."],
            "location": spec.get("location") != "MESH_EXTERNAL",
            "addresses": not set(spec.get("addresses") or ()) <= networks.get(space, set()),
            "endpoints": bool(spec.get("endpoints") or spec.get("workloadSelector")),
        }
        seen.update((space, host) for host in hosts)
        for field in (field for field, holds in wrong.items() if holds):
            yield Finding("error", "mesh/unasked-host", f"{manifest.path}#/spec/{field}", "not as declared")
