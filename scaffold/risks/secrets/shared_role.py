"""Apps that are one and the same to a secret store read each other's secrets.

What: no secret store knows all Apps by one role, or one identity, that the Platform gives it.
Why: the store cannot tell them apart: what one of them may read, all may, and so may whoever takes over the right to
    declare what one of them fetches; and the store's log names none of them.
Fields: Platform spec.secretStores.
Allowed: an identity for each App.
Reference: CIS Kubernetes 5.4.2; OWASP K8S K08; NSA/CISA Kubernetes Hardening Guide: Secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each store that Apps ask as one."""
    found: dict[tuple[str, str], list[str]] = {}
    for member in system.members:
        for entry, _ in member.additions.store_tokens:
            if entry.shared:
                found.setdefault((entry.store, entry.shared), []).append(member.app.key)
    for (store, shared), apps in sorted(found.items()):
        reason = f"{', '.join(apps)}: to the secret store {store} they are {shared}, as all Apps are: each reads all"
        remedy = "an identity for each App, under the Platform's spec.secretStores"
        yield Finding("warning", "secrets/shared-role", f"Platform {system.platform.metadata.name}", reason, remedy)
