"""A SecretProviderClass fetches something else than what was declared, or makes a Secret of it.

What: each class belongs to one store of one App, asks it over https for exactly the declared keys, and writes each to
    the declared file. It makes no Secret, skips no check of a certificate, and refers to no key that lies around.
Why: the store's role often reads more than the App declares, so what is asked for is the last line. A Secret that is
    made beside the files lies in etcd, where the files never were.
Fields: SecretProviderClass spec.provider, spec.parameters, spec.secretObjects.
Reference: Secrets Store CSI driver, security best practices; OWASP K8S K08.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered
    from scaffold.system.model import Member

_LOOSE = re.compile("skip|insecure|clientkey|clientcert|secretid|token", re.IGNORECASE)


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each difference from what the App declares."""
    server = rendered.system.platform.spec.apiServer
    for manifest in rendered.applied:
        if manifest.kind != "SecretProviderClass":
            continue
        if manifest.value["apiVersion"] != "secrets-store.csi.x-k8s.io/v1":
            yield _finding(manifest, f"{manifest.value['apiVersion']} is not served")
        if set(manifest.spec) - {"provider", "parameters"}:
            yield _finding(manifest, "makes more of it than files")
        parameters = manifest.spec.get("parameters") or {}
        for key, value in parameters.items():
            if _LOOSE.search(key) or re.match("(?i)http:", str(value)):
                yield _finding(manifest, f"{key} loosens how the store is asked")
        if server and server.audience == parameters.get("audience"):
            yield _finding(manifest, "shows the store a token that the API server would accept")
        declared = sorted(_declared(rendered.members.get(manifest.file.subject), manifest.name))
        if not declared or _asked(parameters) != declared:
            yield _finding(manifest, "asks for something else than was declared")


def _asked(parameters: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the words of each object that is asked for, sorted; nothing of what is no list of words."""
    try:
        found = json.loads(str(parameters.get("objects")))
        return sorted(tuple(sorted(map(str, one.values()))) for one in found)
    except (ValueError, AttributeError, TypeError):
        return []


def _declared(member: Member | None, name: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each object that a blueprint of the App's store asks for, of declared secrets alone."""
    for entry, _ in member.additions.store_objects if member else ():
        words = sorted(str(value) for value in entry.fields.values() if value is not None)
        if member and name == f"{member.app.name}.{entry.store}" and _is_meant(member, entry.store, words):
            yield tuple(words)


def _is_meant(member: Member, store: str, words: list[str]) -> bool:
    """Tell whether some words name a declared secret of the store: its file, its key, its property."""
    for secret in member.app.spec.secrets.values():
        needed = [str(secret.file).rpartition("/")[2], *([secret.property] if secret.property else [])]
        keys = [word for word in words if word == secret.key or word.endswith("/" + secret.key)]
        if secret.store == store and keys and all(word in words for word in needed):
            return True
    return False


def _finding(manifest: Manifest, reason: str) -> Finding:
    return Finding("error", "secrets/other-object", manifest.path, reason)
