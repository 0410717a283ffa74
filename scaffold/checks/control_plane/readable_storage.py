"""The API server stores Secrets so that whoever holds etcd can read them, or the bundle holds the key.

What: Secrets and ConfigMaps are encrypted by kms v2 or secretbox; `identity` stands nowhere; no key stands in the file.
Why: the first provider writes. One that does not encrypt leaves every other line without effect, and `identity` in any
    place takes what was planted in etcd for a Secret. A key that is committed is no key.
Fields: EncryptionConfiguration: resources: resources, providers.
Allowed: kms (apiVersion v2), secretbox. Not aescbc (padding oracles), nor aesgcm (nonces repeat after 200,000 writes).
Reference: apiserver.config.k8s.io/v1; CIS Kubernetes 1.2.27 and 1.2.28.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_ID = "control-plane/readable-storage"
_HIDDEN = ("secrets", "configmaps")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each resource that is stored readably, each weak provider and each key."""
    for manifest in rendered.manifests:
        if manifest.kind != "EncryptionConfiguration":
            continue
        entries = manifest.value.get("resources") or ()
        covered = {name for entry in entries for name in entry.get("resources") or ()}
        for name in _HIDDEN:
            if not covered & {name, "*.", "*.*"}:
                yield Finding("error", _ID, manifest.path, f"{name} are stored as plain text")
        for entry in entries:
            providers = entry.get("providers") or ()
            if not providers:
                yield Finding("error", _ID, manifest.path, "an entry has no provider")
            for provider in providers:
                for reason in _weak(provider):
                    yield Finding("error", _ID, manifest.path, reason)


def _weak(provider: dict[str, Any]) -> Iterator[str]:
    for name, settings in provider.items():
        if name not in {"kms", "secretbox"}:
            yield f"the provider {name}: kms v2 or secretbox encrypt what nobody else can read or forge"
        elif name == "kms" and settings.get("apiVersion") != "v2":
            yield "kms is not v2: v1 is switched off in supported releases"
        for key in (settings or {}).get("keys") or ():
            if _is_key(str(key.get("secret"))):
                yield f"the key {key.get('name')} stands in the bundle: it would be committed"


def _is_key(text: str) -> bool:
    """Tell whether the API server could take a text for a key."""
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
