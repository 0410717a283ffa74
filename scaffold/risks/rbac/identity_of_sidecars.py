"""Sidecars of an App have its identity in a cloud, too.

What: where an App with sidecars has an identity, these are left out by name of what is handed to its containers.
Why: in some clouds the identity is the pod's: whoever asks from its network is given the credentials. A proxy or an
    exporter that is broken into then has the rights of the App.
Fields: App spec.identity, spec.sidecars.
Allowed: an identity without sidecars; one that is handed to single containers.
Reference: NSA/CISA Kubernetes Hardening Guide: Authentication and authorization; OWASP K8S K03.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each App whose sidecars nothing leaves out."""
    for member in system.members:
        added = member.additions
        sidecars = [*member.app.spec.sidecars, *(entry.name for entry, _ in added.sidecars)]
        left_out = any(entry.sidecars for entry, _ in added.annotations)
        if member.app.spec.identity is not None and sidecars and not left_out:
            reason = f"{', '.join(sidecars)}: a sidecar has its identity in the cloud, which is the pod's there"
            remedy = "no more rights for that identity than its sidecars may have, or no sidecars"
            yield Finding("warning", "rbac/identity-of-sidecars", f"App {member.app.key}", reason, remedy)
