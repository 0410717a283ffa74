"""An ExternalSecret fetches something else than what was declared, or a store asks elsewhere.

What: each ExternalSecret fetches exactly the declared key and property of one secret, by its own store. A store has one
    provider, spoken to over https, and its token's audience is the declared one, or at least not the API server.
Why: the store's role often reads more than one App's secrets, so what is asked for is the last line. A token for the
    API server's audience, shown to a store, could be used against the cluster.
Fields: ExternalSecret spec.data, .dataFrom, .target.template.type; SecretStore spec.provider.
Reference: External Secrets, security best practices; OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.checks.secrets.static_credential import identities, token
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered
    from scaffold.system.model import Member


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each difference from what the App and the Platform declare."""
    server = rendered.system.platform.spec.apiServer
    for manifest in rendered.applied:
        if manifest.kind == "ExternalSecret":
            yield from _external(manifest, rendered.members.get(manifest.file.subject))
        if manifest.kind == "SecretStore":
            entry = token(rendered, manifest)
            yield from _store(manifest)
            for identity in identities(manifest):
                audiences = identity.get("audiences") or []
                if entry and not entry.fixed and audiences != [entry.audience]:
                    yield _finding(manifest, f"shows the store a token that is not for {entry.audience} alone")
                if not entry and server and server.audience in audiences:
                    yield _finding(manifest, "shows the store a token that the API server would accept")


def _external(manifest: Manifest, member: Member | None) -> Iterator[Finding]:
    declared = member.app.spec.secrets.items() if member else ()
    wanted = {(name, secret.key, secret.property) for name, secret in declared}
    for entry in manifest.spec.get("data") or ():
        remote = entry.get("remoteRef") or {}
        if (entry.get("secretKey"), remote.get("key"), remote.get("property")) not in wanted:
            yield _finding(manifest, f"nobody declared {remote.get('key')} as {entry.get('secretKey')}")
        if set(entry) - {"secretKey", "remoteRef"}:
            yield _finding(manifest, "takes a value from another source")
    template = (manifest.spec.get("target") or {}).get("template") or {}
    if manifest.spec.get("dataFrom") or set(template) - {"engineVersion", "metadata"}:
        yield _finding(manifest, "makes more of it than the declared keys")


def _store(manifest: Manifest) -> Iterator[Finding]:
    provider: dict[str, Any] = manifest.spec.get("provider") or {}
    if len(provider) != 1 or set(manifest.spec) - {"provider"}:
        yield _finding(manifest, "not one provider, or more than that")
    for settings in provider.values():
        if any(address.partition("://")[0] != "https" for address in _addresses(settings)):
            yield _finding(manifest, "speaks to its store in plain text")


def _addresses(settings: Any) -> Iterator[str]:
    """Yield each address that a store is asked at, wherever its provider names it."""
    for key, item in settings.items() if isinstance(settings, dict) else ():
        if isinstance(item, str) and (key == "server" or key.lower().endswith("url")):
            yield item
        yield from _addresses(item)


def _finding(manifest: Manifest, reason: str) -> Finding:
    return Finding("error", "secrets/other-secret", manifest.path, reason)
