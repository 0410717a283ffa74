"""A secret store is opened with a credential that lies around, or can be used from elsewhere.

What: each SecretStore is namespaced, asks under a ServiceAccount of the bundle, and names the token's audience.
Why: a static credential can be stolen once and used for ever. A cluster-wide store hands everything that it may read to
    every namespace. A token without an audience of its own is good for other services, too.
Fields: SecretStore spec.provider; ExternalSecret spec.secretStoreRef.kind.
Allowed: serviceAccountRef with audiences.
Reference: External Secrets, security best practices; OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each store that is cluster-wide, static, or asks under an identity that is not its own."""
    accounts = {(m.namespace, m.name) for m in rendered.applied if m.kind == "ServiceAccount"}
    for manifest in rendered.applied:
        if manifest.kind == "ClusterSecretStore":
            yield _finding(manifest.path, "a store for every namespace")
        if manifest.kind != "SecretStore":
            continue
        for identity in identities(manifest):
            if (manifest.namespace, identity.get("name")) not in accounts or identity.get("namespace"):
                yield _finding(manifest.path, f"{identity.get('name')} is no ServiceAccount of this namespace")
            if not identity.get("audiences"):
                yield _finding(manifest.path, "the token names no audience")
        if not identities(manifest):
            yield _finding(manifest.path, "no serviceAccountRef")
        if any(key.endswith("ecretRef") for key, _ in _entries(manifest.spec.get("provider"))):
            yield _finding(manifest.path, "opened with a static credential")


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "secrets/static-credential", place, reason)


def identities(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the ServiceAccounts that a store asks under, wherever its provider names them."""
    return [item for key, item in _entries(manifest.spec.get("provider")) if key == "serviceAccountRef"]


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    for key, item in value.items() if isinstance(value, dict) else ():
        yield key, item
        yield from _entries(item)
