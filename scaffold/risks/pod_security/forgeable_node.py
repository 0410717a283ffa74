"""A node may make itself one of a node pool.

What: no label of a node pool that an App runs on is below node-restriction.kubernetes.io/.
Why: a kubelet may label its own node. Who holds one node gives it the pool's labels, and is sent the sensitive pods,
    with their secrets; the admission plugin NodeRestriction keeps nodes from labels below that prefix alone.
Fields: Platform spec.nodePools.*.labels; App spec.isolation.
Allowed: a label below node-restriction.kubernetes.io/, or below a subdomain of it.
Reference: Kubernetes, assigning pods to nodes: node isolation/restriction; CIS Kubernetes 1.2.15 (NodeRestriction).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System

_KEPT = "node-restriction.kubernetes.io"


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each node pool in use whose labels any node can give itself."""
    used = sorted({member.app.spec.isolation for member in system.members if member.app.spec.isolation})
    for name in used:
        prefixes = {key.rpartition("/")[0] for key in system.platform.spec.nodePools[name].labels}
        if not any(prefix == _KEPT or prefix.endswith(f".{_KEPT}") for prefix in prefixes):
            place = f"Platform {system.platform.metadata.name} spec.nodePools.{name}"
            reason = "a node can give itself these labels: who holds one is sent the pool's pods, with their secrets"
            remedy = f"add a label below {_KEPT}/, which a kubelet may not set"
            yield Finding("warning", "pod-security/forgeable-node", place, reason, remedy)
