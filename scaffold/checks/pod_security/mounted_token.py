"""A pod holds an API token that nobody asked for.

What: automountServiceAccountToken is false on the pod and on its ServiceAccount, which is its own and in the bundle.
    Only an App with permissions projects a token, for the API server's audience, for an hour at most.
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

    from scaffold.manifests import PodTemplate, Rendered


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
        yield from _projected(pod, rendered)
        account = (pod.manifest.namespace, str(pod.spec.get("serviceAccountName", "default")))
        if account not in accounts or account[1] == "default":
            yield Finding(
                "error", "pod-security/mounted-token", pod.place(), f"no ServiceAccount of its own: {account[1]}"
            )
        other = users.setdefault(account, pod.manifest.path)
        if other != pod.manifest.path:
            yield Finding("error", "pod-security/mounted-token", pod.place(), f"shares its ServiceAccount with {other}")


def _projected(pod: PodTemplate, rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each projected token that the App did not ask for, or that is good for more."""
    asked = {member.app.key for member in rendered.system.members if member.app.spec.permissions}
    server = rendered.system.platform.spec.apiServer
    for volume in pod.spec.get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            token = source.get("serviceAccountToken")
            if token is None:
                continue
            wrong = {
                "nobody asked for it": pod.owner not in asked,
                "its audience is not the API server": server is None or token.get("audience") != server.audience,
                "it lives longer than an hour": not _SHORTEST <= token.get("expirationSeconds", 0) <= _LONGEST,
            }
            for reason in (reason for reason, holds in wrong.items() if holds):
                place = pod.place("/volumes")
                yield Finding("error", "pod-security/mounted-token", place, f"the token in {volume['name']}: {reason}")


# Kubernetes accepts no less than ten minutes; 3607 is a value that API servers extend to a year.
_SHORTEST, _LONGEST = 600, 3600
