"""A container is privileged, or may become so.

What: privileged is not true, allowPrivilegeEscalation is false, every capability is dropped and none is added.
Why: each is a way from the container to the node.
Fields: containers[*].securityContext.privileged, .allowPrivilegeEscalation, .capabilities.
Allowed: false or unset; false; drop [ALL] and no add.
Reference: PSS restricted (privileged, allowPrivilegeEscalation, capabilities), CIS Kubernetes 5.2.2, 5.2.6, 5.2.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each way that a container has to more privilege."""
    for pod in rendered.pods:
        for place, container in pod.containers():
            context = container.get("securityContext") or {}
            capabilities = context.get("capabilities") or {}
            wrong = {
                "privileged": bool(context.get("privileged")),
                "allowPrivilegeEscalation is not false": context.get("allowPrivilegeEscalation") is not False,
                "capabilities are not dropped": "ALL" not in (capabilities.get("drop") or ()),
                "capabilities are added": bool(capabilities.get("add")),
            }
            for reason in (reason for reason, holds in wrong.items() if holds):
                yield Finding("error", "pod-security/privileged-container", place, reason)
