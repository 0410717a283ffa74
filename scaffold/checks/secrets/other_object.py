"""A SecretProviderClass fetches something else than what was declared, or makes a Secret of it.

What: each class belongs to one store of one App, asks it over https for exactly the declared keys, and writes each to
    the declared file. It makes no Secret, skips no check of a certificate, and refers to no key that lies around.
Why: the store's role often reads more than the App declares, so what is asked for is the last line. A Secret that is
    made beside the files lies in etcd, where the files never were.
Fields: SecretProviderClass spec.provider, spec.parameters, spec.secretObjects.
Reference: Secrets Store CSI driver, security best practices; OWASP K8S K08.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.documents.rereading import reread
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered
    from scaffold.system.model import Member

_LOOSE = re.compile("skip|insecure|clientkey|clientcert|secretid|token|managedidentity", re.IGNORECASE)
# Whoever asks, it is no pod: the provider itself, or whatever reaches its node.
_OTHERS = re.compile("http:|provider-adc", re.IGNORECASE)


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
            if _LOOSE.search(key) or _OTHERS.match(str(value)):
                yield _finding(manifest, f"{key} loosens how the store is asked")
        if server and server.audience == parameters.get("audience"):
            yield _finding(manifest, "shows the store a token that the API server would accept")
        declared = sorted(_declared(rendered.members.get(manifest.file.subject), manifest.name))
        if not declared or _asked(parameters) != declared:
            yield _finding(manifest, "asks for something else than was declared")


def _asked(parameters: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the words of each object that is asked for, sorted; nothing where not one parameter lists objects."""
    lists = [found for value in parameters.values() if not isinstance(found := _read(value), str)]
    objects = [item for found in lists for item in (found.values() if isinstance(found, dict) else [found])]
    if len(objects) != 1 or not isinstance(objects[0], list):
        return []
    return sorted(tuple(sorted(_words(_read(one)))) for one in objects[0])


def _read(value: Any) -> Any:
    """Return what a provider reads in a text, if that is a list or a mapping; else the text."""
    text = str(value)
    found, problems = reread(text, "")
    if problems:
        return [] if len(text.split()) > 1 else text
    return found[0] if len(found) == 1 and isinstance(found[0], (list, dict)) else text


def _words(value: Any) -> Iterator[str]:
    """Yield each word of an object, at any depth."""
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _words(item) if isinstance(item, (dict, list)) else (str(item),)


def _declared(member: Member | None, name: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each object that a blueprint of the App's store asks for, of declared secrets alone."""
    for entry, _ in member.additions.store_objects if member else ():
        words = sorted(_words({key: value for key, value in entry.fields.items() if value is not None}))
        if member and name == f"{member.app.name}.{entry.store}" and _is_meant(member, entry.store, words):
            yield tuple(words)


def _is_meant(member: Member, store: str, words: list[str]) -> bool:
    """Tell whether some words name a declared secret of the store: its file, its key, its property."""
    plain = {word.strip('"') for word in words}
    for secret in member.app.spec.secrets.values():
        needed = {str(secret.file).rpartition("/")[2], *([secret.property] if secret.property else [])}
        is_asked = any(f"/{secret.key}/" in f"/{word}/" for word in words) or plain >= set(secret.key.split("/"))
        if secret.store == store and is_asked and needed <= plain:
            return True
    return False


def _finding(manifest: Manifest, reason: str) -> Finding:
    return Finding("error", "secrets/other-object", manifest.path, reason)
