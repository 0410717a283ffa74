"""A container may run as root.

What: runAsNonRoot is true and runAsUser is a number above 0, for the pod or for each container.
Why: root in a container is root on the node once anything else gives way. Without a number, an image with a named
    user cannot be started at all.
Fields: spec.securityContext.runAsNonRoot, .runAsUser; containers[*].securityContext.runAsNonRoot, .runAsUser.
Allowed: true; 1 and above.
Reference: PSS restricted (runAsNonRoot, runAsUser), CIS Kubernetes 5.2.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each container that may run as root."""
    for pod in rendered.pods:
        whole = pod.spec.get("securityContext") or {}
        for place, container in pod.containers():
            context = {**whole, **(container.get("securityContext") or {})}
            user = context.get("runAsUser")
            if context.get("runAsNonRoot") is not True or not isinstance(user, int) or user <= 0:
                reason = f"runAsNonRoot {context.get('runAsNonRoot')}, runAsUser {user}"
                yield Finding(
                    "error", "pod-security/runs-as-root", place, reason, "set runAsNonRoot and a numeric runAsUser"
                )
