"""An object of which no check knows what it does.

What: every applied object is of a kind that the checks judge; no lists of objects.
Why: a List hides what is in it from every check. A kind that nobody judges (another engine's policy, a webhook, a new
    kind of workload) may open what all other files shut.
Fields: apiVersion, kind.
Reference: the project's rule: nothing is written that was not verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.manifests import ON_DEMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_JUDGED = frozenset(
    (group, kind)
    for group, kinds in {
        "": "ConfigMap LimitRange Namespace Pod ResourceQuota Secret Service ServiceAccount",
        "apps": "DaemonSet Deployment ReplicaSet StatefulSet",
        "autoscaling": "HorizontalPodAutoscaler",
        "batch": "CronJob Job",
        "cilium.io": "CiliumNetworkPolicy",
        "external-secrets.io": "ClusterSecretStore ExternalSecret SecretStore",
        "gateway.networking.k8s.io": "Gateway HTTPRoute",
        "networking.istio.io": "DestinationRule EnvoyFilter Gateway ServiceEntry VirtualService",
        "networking.k8s.io": "NetworkPolicy",
        "policy": "PodDisruptionBudget",
        "policy.networking.k8s.io": "ClusterNetworkPolicy",
        "policy.linkerd.io": "AuthorizationPolicy HTTPLocalRateLimitPolicy MeshTLSAuthentication "
        "NetworkAuthentication Server",
        "projectcalico.org": "NetworkPolicy",
        "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding Role RoleBinding",
        "secrets-store.csi.x-k8s.io": "SecretProviderClass",
        "security.istio.io": "AuthorizationPolicy PeerAuthentication RequestAuthentication",
    }.items()
    for kind in kinds.split()
)

# Of what is not applied with the rest, rights are judged, and policies that take away.
_KEPT = frozenset(
    (
        *(("rbac.authorization.k8s.io", kind) for kind in ("Role", "RoleBinding")),
        ("cilium.io", "CiliumNetworkPolicy"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("projectcalico.org", "NetworkPolicy"),
    )
)


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield an error for each list, and a warning for each object of another kind."""
    for manifest in rendered.objects:
        what = f"{manifest.value.get('apiVersion')} {manifest.kind}"
        if manifest.kind.endswith("List") or "items" in manifest.value:
            yield Finding("error", "documents/unjudged-object", manifest.path, f"{what}: one object a file, no lists")
        elif (manifest.group, manifest.kind) not in (_KEPT if manifest.scope == ON_DEMAND else _JUDGED):
            reason = f"no check judges {what}: it may open what other files shut"
            yield Finding("warning", "documents/unjudged-object", manifest.path, reason, "review it by hand")
