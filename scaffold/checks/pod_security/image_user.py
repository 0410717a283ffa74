"""An image decides which user a container runs as.

What: runAsUser is a number above 0, for the pod or for each container.
Why: the user of an image changes with the image. Where it is a name, the kubelet cannot tell that it is not root, and
    does not start the container at all.
Fields: spec.securityContext.runAsUser; containers[*].securityContext.runAsUser.
Allowed: 1 and above.
Reference: CIS Kubernetes 5.2.7, NSA/CISA Kubernetes Hardening Guide: non-root containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each container without a user of its own."""
    for pod in rendered.pods:
        whole = pod.spec.get("securityContext") or {}
        for place, container in pod.containers():
            user = {**whole, **(container.get("securityContext") or {})}.get("runAsUser")
            if not isinstance(user, int) or user <= 0:
                yield Finding("error", "pod-security/image-user", place, f"runAsUser is {user}", "set a number above 0")
