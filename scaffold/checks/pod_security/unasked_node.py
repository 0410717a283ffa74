"""A pod runs where its App did not ask to run.

What: pods of an App with an isolation have the labels of its node pool as their selector, tolerate exactly its taints,
    and have its RuntimeClass; pods of all others tolerate nothing, and have no RuntimeClass. Beside a pool's labels
    they choose those that a blueprint needs of nodes, and no others.
Why: what tolerates a pool's taints is a stranger among sensitive workloads; what does not choose the pool's nodes
    leaves them. A name of a node passes the scheduler by, and with it most taints.
Fields: spec.nodeSelector, .tolerations, .runtimeClassName, .overhead, .nodeName, .schedulerName,
    .affinity.nodeAffinity.
Allowed: as the node pool says; the others unset.
Reference: Kubernetes, multi-tenancy: node isolation; NSA/CISA Kubernetes Hardening Guide: Hardening container
    environments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.policy import NodePool
    from scaffold.manifests import PodTemplate, Rendered

_UNSET = ("overhead", "nodeName", "schedulerName")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each field that chooses nodes, or lets a pod onto them, otherwise than declared."""
    pools = rendered.system.platform.spec.nodePools
    for pod in rendered.pods:
        member = rendered.members.get(pod.owner)
        pool = pools.get((member.app.spec.isolation if member else None) or "")
        needed = {entry.key: entry.value for entry, _ in member.additions.nodes} if member else {}
        for field, have, want in _fields(pod, pool, needed):
            if have != want:
                reason = f"{field} is {have}, not {want}"
                yield Finding("error", "pod-security/unasked-node", pod.place(f"/{field}"), reason)


def _fields(pod: PodTemplate, pool: NodePool | None, needed: Mapping[str, str]) -> Iterator[tuple[str, Any, Any]]:
    """Yield each field with what it is and what it should be; for taints in any order."""
    spec = pod.spec
    tolerations = [
        tuple(one.get(key, "") for key in ("key", "operator", "value", "effect"))
        + tuple(one.keys() - {"key", "operator", "value", "effect"})
        for one in spec.get("tolerations") or ()
    ]
    taints = [(one.key, "Equal", one.value or "", one.effect) for one in pool.taints] if pool else []
    yield "nodeSelector", spec.get("nodeSelector") or {}, {**(pool.labels if pool else {}), **needed}
    yield "tolerations", sorted(tolerations), sorted(taints)
    yield "runtimeClassName", spec.get("runtimeClassName"), pool.runtimeClass if pool else None
    yield "affinity", (spec.get("affinity") or {}).get("nodeAffinity"), None
    yield from ((field, spec.get(field), None) for field in _UNSET)
