"""A pod, or a Role, uses the identity that fetches secrets.

What: no pod runs as the ServiceAccount that a SecretStore asks under, no RoleBinding names it, no two Apps share it.
Why: who takes over such a pod asks the store for everything that the role may read, not just for what was mounted.
Fields: pods' spec.serviceAccountName; RoleBinding subjects; SecretStore serviceAccountRef.
Reference: External Secrets, security best practices; CIS Kubernetes 5.1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.checks.secrets.static_credential import identities
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each other use of such an identity."""
    owners: dict[tuple[str, str], str] = {}
    for manifest in rendered.applied:
        if manifest.kind == "SecretStore":
            for identity in identities(manifest):
                key = (manifest.namespace, str(identity.get("name")))
                owner = owners.setdefault(key, manifest.file.subject)
                if owner != manifest.file.subject:
                    yield _finding(manifest.path, f"asks under the identity of {owner}")
    for pod in rendered.pods:
        if (pod.manifest.namespace, str(pod.spec.get("serviceAccountName", "default"))) in owners:
            yield _finding(pod.place(), "runs as an identity that fetches secrets")
    for manifest in rendered.applied:
        for subject in manifest.value.get("subjects") or () if manifest.kind.endswith("RoleBinding") else ():
            if (subject.get("namespace", manifest.namespace), subject.get("name")) in owners:
                yield _finding(manifest.path, f"gives rights to {subject.get('name')}, which only fetches secrets")


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "secrets/shared-identity", place, reason)
