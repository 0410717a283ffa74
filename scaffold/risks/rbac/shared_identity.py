"""Apps that are the same to a cloud have each other's rights there.

What: no two Apps declare one and the same identity in a cloud.
Why: whoever takes over one of them has the other's rights, too, and the cloud's log cannot tell them apart.
Fields: App spec.identity.
Reference: OWASP K8S K03; NSA/CISA Kubernetes Hardening Guide: Authentication and authorization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each identity that several Apps have."""
    owners: dict[Any, list[str]] = {}
    for member in system.members:
        identity = member.app.spec.identity
        # One that says nothing is the ServiceAccount's own.
        if identity is not None and any(getattr(identity, name) is not None for name in identity.__struct_fields__):
            owners.setdefault(identity, []).append(member.app.key)
    for apps in owners.values():
        if len(apps) > 1:
            reason = f"{', '.join(apps)} are one and the same to the cloud: each has the others' rights"
            yield Finding(
                "warning", "rbac/shared-identity", f"App {apps[0]}", reason, "an identity of its own for each"
            )
