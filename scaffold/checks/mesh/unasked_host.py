"""A mesh is told of a host that nobody declared.

What: each ServiceEntry is for one declared host of its App, in its own namespace only, outside the mesh.
Why: an entry for a Service's name takes over its traffic; one that is exported does it in every namespace.
Fields: ServiceEntry spec.hosts, .exportTo, .location, .addresses, .endpoints.
Reference: Istio, ServiceEntry; NIST SP 800-204A.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each entry that is not one of the App's hosts."""
    declared = {m.app.key: {callee.host for callee in m.app.spec.callees} for m in rendered.system.members}
    networks = {m.app.key: {c for callee in m.app.spec.callees for c in callee.cidrs} for m in rendered.system.members}
    for manifest in rendered.applied:
        if manifest.kind != "ServiceEntry":
            continue
        spec, app = manifest.spec, manifest.file.subject
        wrong = {
            "hosts": not set(spec.get("hosts") or [""]) <= declared.get(app, set()),
            "exportTo": spec.get("exportTo") != ["."],
            "location": spec.get("location") != "MESH_EXTERNAL",
            "addresses": not set(spec.get("addresses") or ()) <= networks.get(app, set()),
            "endpoints": bool(spec.get("endpoints") or spec.get("workloadSelector")),
        }
        for field in (field for field, holds in wrong.items() if holds):
            yield Finding("error", "mesh/unasked-host", f"{manifest.path}#/spec/{field}", "not as declared")
