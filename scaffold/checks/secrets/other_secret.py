"""An ExternalSecret fetches something else than what was declared, or a store asks elsewhere.

What: each ExternalSecret fetches exactly the declared keys and properties of one secret, by its own store, and puts
    them together as declared, each spelled so that its value stays inside its part. A store has one provider, spoken
    to over https, and its token's audience is the declared one, or at least not the API server.
Why: the store's role often reads more than one App's secrets, so what is asked for is the last line. A template may
    call anything: a value that is not spelled for its place may say where a program connects. A token for the API
    server's audience, shown to a store, could be used against the cluster.
Fields: ExternalSecret spec.data, .dataFrom, .target.template; SecretStore spec.provider.
Reference: External Secrets, security best practices; OWASP K8S K08.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.checks.secrets.static_credential import identities, token
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.secret import Secret
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
    declared = member.app.spec.secrets if member else {}
    name = manifest.name.partition(".")[2]
    secret = declared.get(name)
    wanted = _asked(name, secret) if secret else set()
    for entry in manifest.spec.get("data") or ():
        remote = entry.get("remoteRef") or {}
        if (entry.get("secretKey"), remote.get("key"), remote.get("property")) not in wanted:
            yield _finding(manifest, f"nobody declared {remote.get('key')} as {entry.get('secretKey')}")
        if set(entry) - {"secretKey", "remoteRef"}:
            yield _finding(manifest, "takes a value from another source")
    template = (manifest.spec.get("target") or {}).get("template") or {}
    if manifest.spec.get("dataFrom") or set(template) - {"engineVersion", "mergePolicy", "metadata", "data"}:
        yield _finding(manifest, "makes more of it than the declared keys")
    made = {key: _parts(str(text)) for key, text in (template.get("data") or {}).items()}
    if made != ({name: _declared(secret)} if secret and secret.join else {}) or template.get("mergePolicy") == "Merge":
        yield _finding(manifest, "puts something else together than was declared")


def _asked(name: str, secret: Secret) -> set[tuple[str, str, str | None]]:
    read = {
        (f"part{index}", part.key or secret.key, part.property)
        for index, part in enumerate(secret.join)
        if part.text is None
    }
    return read or {(name, secret.key, secret.property)}


# All that a template may do: say braces, or a value in one of three ways.
_ACTION = re.compile(r'\{\{ (?:"(?P<braces>\{+)"|\.(?P<name>part[0-9]+)(?P<spelled>| \| [^{}]+)) \}\}')
_SPELLED = {' | urlquery | replace "+" "%20"': "url", " | toRawJson": "json", "": "plain"}


def _parts(template: str) -> list[tuple[str, str]]:
    """Read a template back: its texts, joined, and its values, each with how it is spelled."""
    made: list[tuple[str, str]] = []
    while template:
        action = _ACTION.match(template)
        size = action.end() if action else max(template.find("{{"), 0) or len(template)
        text = (action["braces"] or "") if action else template[:size]
        if action is None and template.startswith("{{"):
            text = "unknown action"
        if action is not None and action["name"]:
            made.append((action["name"], _SPELLED.get(action["spelled"], action["spelled"])))
        elif made and not made[-1][0]:
            made[-1] = ("", made[-1][1] + text)
        else:
            made.append(("", text))
        template = template[size:]
    return made


def _declared(secret: Secret) -> list[tuple[str, str]]:
    made: list[tuple[str, str]] = []
    for index, part in enumerate(secret.join):
        if part.text is None:
            made.append((f"part{index}", part.spelled or "url"))
        elif made and not made[-1][0]:
            made[-1] = ("", made[-1][1] + part.text)
        elif part.text:
            made.append(("", part.text))
    return made


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
