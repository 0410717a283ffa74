"""An image decides which user or group a container runs as.

What: runAsUser is a number above 0, and runAsGroup a number, for the pod or for each container, unless the cluster
    assigns them.
Why: the user of an image changes with the image. Where it is a name, the kubelet cannot tell that it is not root, and
    does not start the container at all. The group of an image that names none is root's.
Fields: spec.securityContext.runAsUser, .runAsGroup; containers[*].securityContext.runAsUser, .runAsGroup.
Allowed: users 1 and above, groups 0 and above.
Reference: CIS Kubernetes 5.2.7, NSA/CISA Kubernetes Hardening Guide: non-root containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


_LEAST = {"runAsUser": 1, "runAsGroup": 0}


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each container without a user or a group of its own."""
    assigned = {member.app.key for member in rendered.system.members if not member.app.spec.security.ids}
    for pod in rendered.pods:
        if pod.owner in assigned:
            continue  # by the cluster, as it admits them; a number would be one that nobody declared
        whole = pod.spec.get("securityContext") or {}
        for place, container in pod.containers():
            ids = {**whole, **(container.get("securityContext") or {})}
            for key, least in _LEAST.items():
                if not isinstance(ids.get(key), int) or ids[key] < least:
                    remedy = f"set a number of at least {least}"
                    yield Finding("error", "pod-security/image-user", place, f"{key} is {ids.get(key)}", remedy)
