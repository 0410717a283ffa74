"""A container runs without a seccomp profile.

What: the profile in force is RuntimeDefault or Localhost, for the pod (so that injected sidecars have it) and for each
    container that sets its own.
Why: the profile takes away the system calls that exploits need.
Fields: spec.securityContext.seccompProfile.type; containers[*].securityContext.seccompProfile.type.
Allowed: RuntimeDefault, Localhost.
Reference: PSS restricted (seccompProfile), CIS Kubernetes 5.7.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_ALLOWED = ("RuntimeDefault", "Localhost")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each pod and container without a confining profile."""
    for pod in rendered.pods:
        contexts = [(pod.place(), pod.spec.get("securityContext") or {})]
        contexts += [
            (place, own) for place, c in pod.containers() if "seccompProfile" in (own := c.get("securityContext") or {})
        ]
        for place, context in contexts:
            kind = (context.get("seccompProfile") or {}).get("type")
            if kind not in _ALLOWED:
                yield Finding("error", "pod-security/unconfined-seccomp", place, f"seccompProfile.type is {kind}")
