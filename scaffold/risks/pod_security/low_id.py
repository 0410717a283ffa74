"""A pod's user or group may be one of the node.

What: the ids that an App runs as are above 10000, or the pod has a user namespace.
Why: the kernel knows numbers, not names. A distribution gives its own users and services ids below 1000, and people
    those from 1000 on: a process that gets at files or processes of the node, by a fault or by a volume, has there what
    the user of its number has. In a user namespace its numbers mean nobody on the node. Images that were built for a
    fixed id leave no other choice.
Fields: App spec.security.user, .group, .userNamespace.
Allowed: ids above 10000, or that the cluster assigns; any in a user namespace.
Reference: CIS Kubernetes 5.2.7, NSA/CISA Kubernetes Hardening Guide: non-root containers; Kubernetes, user namespaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System

_HIGHEST = 10000


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each App whose ids may be those of somebody on the node."""
    for member in system.members:
        security = member.app.spec.security
        low = " and ".join(f"{what} {id_}" for what, id_ in security.ids.items() if id_ <= _HIGHEST)
        if low and not security.userNamespace:
            reason = f"runs as {low}, who may be somebody on the node, too"
            remedy = "spec.security.userNamespace: true, where the nodes can; or an image that takes any id"
            yield Finding("warning", "pod-security/low-id", f"App {member.app.key}", reason, remedy)
