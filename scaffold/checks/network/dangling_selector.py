"""A selector selects nothing.

What: a workload's selector matches its own pods; those of Services, budgets and an App's policies match pods of their
    namespace in the bundle, or what a controller makes of it. A policy for the whole namespace selects everything.
Why: a misspelt label is no error to the API server: the Service has no endpoints, the policy protects nobody.
Fields: spec.selector (of Calico's policies, a text), spec.selector.matchLabels, spec.podSelector.matchLabels,
    spec.endpointSelector.matchLabels.
Reference: Kubernetes, labels and selectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.reach import calico

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each selector without pods."""
    for pod in rendered.pods:
        wanted = (pod.manifest.spec.get("selector") or {}).get("matchLabels")
        if wanted is not None and not wanted.items() <= pod.labels.items():
            yield Finding(
                "error", "network/dangling-selector", pod.manifest.path, "the selector does not match the pod's labels"
            )
    proxies = {
        (member.app.namespace, label)
        for member in rendered.system.members
        for entry, _ in member.additions.proxies
        for label in entry.labels.items()
    }
    for manifest in rendered.applied:
        wanted = _selector(manifest)
        if (
            wanted
            and manifest.kind == "NetworkPolicy"
            and {(manifest.namespace, one) for one in wanted.items()} <= proxies
        ):
            continue
        if wanted is None or _is_gateway(rendered, manifest, wanted):
            continue
        if not rendered.selected(manifest.namespace, wanted):
            yield Finding("error", "network/dangling-selector", manifest.path, f"no pod of the bundle has {wanted}")


def _is_gateway(rendered: Rendered, manifest: Manifest, wanted: dict[str, str]) -> bool:
    """Tell whether a policy is for the pods of the gateway for egress, which are not in the bundle."""
    end = rendered.system.gateway
    return end is not None and (manifest.namespace, wanted) == (end.namespace, dict(end.labels))


def _selector(manifest: Manifest) -> dict[str, str] | None:
    if manifest.kind == "Service":
        return manifest.spec.get("selector")
    if manifest.kind == "PodDisruptionBudget":
        return (manifest.spec.get("selector") or {}).get("matchLabels") or {}
    if manifest.kind == "CiliumNetworkPolicy":
        return (manifest.spec.get("endpointSelector") or {}).get("matchLabels")
    if calico.is_policy(manifest.value):
        parts = calico.selector(manifest.spec.get("selector", "")) or ()
        return {part.key: value for part in parts if not part.negated for value in part.values or ()}
    if manifest.kind in {"AuthorizationPolicy", "PeerAuthentication"}:
        return (manifest.spec.get("selector") or {}).get("matchLabels")
    return (manifest.spec.get("podSelector") or {}).get("matchLabels") if manifest.kind == "NetworkPolicy" else None
