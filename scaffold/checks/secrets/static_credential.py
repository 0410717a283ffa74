"""A secret store is opened with a credential that lies around, or can be used from elsewhere.

What: each SecretStore is namespaced, asks under a ServiceAccount of the bundle, and names the token's audience, unless
    that is the operator's own, beside which nothing is named. It refers to nothing else: no Secret, no key, no
    certificate but an authority's in a ConfigMap; it is not the operator's or the node's identity that asks, nor
    another role that its own takes on.
Why: a static credential can be stolen once and used for ever. A cluster-wide store hands everything that it may read to
    every namespace. A token without an audience of its own is good for other services, too.
Fields: SecretStore spec.provider; ExternalSecret spec.secretStoreRef.kind.
Allowed: serviceAccountRef (serviceAccount) with audiences; caProvider of type ConfigMap; authType WorkloadIdentity.
Reference: External Secrets, security best practices; OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.contributions import StoreTokenEntry
    from scaffold.manifests import Manifest, Rendered

_IDENTITIES = ("serviceAccountRef", "serviceAccount")
# What a provider takes on besides, beside its `auth`: another role, of another account or tenant, too.
_OTHERS = frozenset(
    ("role", "additionalRoles", "externalID", "sessionTags", "transitiveTagKeys", "identityId", "tenantId")
)


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each store that is cluster-wide, static, or asks under an identity that is not its own."""
    accounts = {(m.namespace, m.name) for m in rendered.applied if m.kind == "ServiceAccount"}
    for manifest in rendered.applied:
        if manifest.kind == "ClusterSecretStore":
            yield _finding(manifest.path, "a store for every namespace")
        if manifest.kind != "SecretStore":
            continue
        entry = token(rendered, manifest)
        for identity in identities(manifest):
            if (manifest.namespace, identity.get("name")) not in accounts or identity.get("namespace"):
                yield _finding(manifest.path, f"{identity.get('name')} is no ServiceAccount of this namespace")
            if entry and entry.fixed and identity.get("audiences"):
                yield _finding(manifest.path, f"the token has an audience beside {entry.audience}")
            if not (entry and entry.fixed) and not identity.get("audiences"):
                yield _finding(manifest.path, "the token names no audience")
        if not identities(manifest):
            yield _finding(manifest.path, "no serviceAccountRef")
        for reason in _otherwise(manifest):
            yield _finding(manifest.path, reason)


def _otherwise(manifest: Manifest) -> Iterator[str]:
    """Yield how a store is asked by more than its identity."""
    provider: dict[str, Any] = manifest.spec.get("provider") or {}
    if any(isinstance(settings, dict) and set(settings) & _OTHERS for settings in provider.values()):
        yield "asks as somebody else than its identity"
    if any(_is_static(key, item) for key, item in _entries(provider)):
        yield "opened with a static credential"


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "secrets/static-credential", place, reason)


def token(rendered: Rendered, manifest: Manifest) -> StoreTokenEntry | None:
    """Return what the blueprint of a store says of its token, if it says more than the store itself."""
    member = rendered.members.get(manifest.file.subject)
    known = {f"{member.app.name}.{entry.store}": entry for entry, _ in member.additions.store_tokens} if member else {}
    return known.get(manifest.name)


def identities(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the ServiceAccounts that a store asks under, wherever its provider names them."""
    found = [item for key, item in _entries(manifest.spec.get("provider")) if key in _IDENTITIES]
    return [item for item in found if isinstance(item, dict)]


def _is_static(key: str, item: Any) -> bool:
    """Tell whether a part of a provider refers to what somebody has stored, or to an identity that is not the App's."""
    if key == "authType":
        return bool(item != "WorkloadIdentity")
    if not isinstance(item, dict) or key in _IDENTITIES:
        return False
    if key == "caProvider":
        return bool(item.get("type") != "ConfigMap")
    return key.endswith("ecretRef") or "name" in item or ("key" in item and "value" not in item)


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each key with its value, at any depth; what is listed has the key of its list."""
    for key, item in value.items() if isinstance(value, dict) else ():
        for one in item if isinstance(item, list) else (item,):
            yield key, one
            yield from _entries(one)
