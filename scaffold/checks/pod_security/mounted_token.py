"""A pod holds an API token that nobody asked for.

What: automountServiceAccountToken is false on the pod and on its ServiceAccount, which is its own and in the bundle.
Why: a token lets an intruder talk to the API server; a shared account shares its rights.
Fields: spec.automountServiceAccountToken, .serviceAccountName, .volumes[*].projected;
    ServiceAccount.automountServiceAccountToken.
Allowed: false; a ServiceAccount of the bundle that no other workload uses.
Reference: CIS Kubernetes 5.1.5 and 5.1.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each mounted token, and for each account that is missing or shared."""
    accounts = {(m.namespace, m.name): m for m in rendered.applied if m.kind == "ServiceAccount"}
    for manifest in accounts.values():
        if manifest.value.get("automountServiceAccountToken") is not False:
            yield Finding(
                "error", "pod-security/mounted-token", manifest.path, "automountServiceAccountToken is not false"
            )
    users: dict[tuple[str, str], str] = {}
    for pod in rendered.pods:
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield Finding(
                "error", "pod-security/mounted-token", pod.place(), "automountServiceAccountToken is not false"
            )
        for volume in pod.spec.get("volumes") or ():
            if any("serviceAccountToken" in source for source in (volume.get("projected") or {}).get("sources") or ()):
                reason = f"the volume {volume['name']} holds a token"
                yield Finding("error", "pod-security/mounted-token", pod.place("/volumes"), reason)
        account = (pod.manifest.namespace, str(pod.spec.get("serviceAccountName", "default")))
        if account not in accounts or account[1] == "default":
            yield Finding(
                "error", "pod-security/mounted-token", pod.place(), f"no ServiceAccount of its own: {account[1]}"
            )
        other = users.setdefault(account, pod.manifest.path)
        if other != pod.manifest.path:
            yield Finding("error", "pod-security/mounted-token", pod.place(), f"shares its ServiceAccount with {other}")
