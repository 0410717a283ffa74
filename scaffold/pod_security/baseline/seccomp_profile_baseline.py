"""The seccomp profile takes away the system calls that exploits need; it must not be switched off.

Fields: securityContext.seccompProfile.type of the pod and of containers[*]; before 1.19, metadata.annotations:
    seccomp.security.alpha.kubernetes.io/pod, container.seccomp.security.alpha.kubernetes.io/NAME.
Allowed: RuntimeDefault, Localhost, unset; runtime/default, docker/default, localhost/*, unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod

_POD, _CONTAINER = "seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"
ALLOWED = ("RuntimeDefault", "Localhost")


def _annotations(pod: Pod) -> Iterator[tuple[str, str]]:
    for key in (_POD, *(f"{_CONTAINER}{container.name or ''}" for _, container in pod.containers())):
        value = pod.annotations.get(key, "runtime/default")
        if value not in {"runtime/default", "docker/default"} and not value.startswith("localhost/"):
            yield "/metadata/annotations", f"{key} is {value}"


def switched_off(pod: Pod) -> Iterator[tuple[str, str]]:
    """Yield every security context with a profile that confines nothing."""
    for place, context in pod.contexts():
        profile = context.seccomp_profile
        if profile is not None and profile.type not in ALLOWED:
            yield f"{place}/seccompProfile/type", f"the seccomp profile is {profile.type}"


check = Check("seccompProfile_baseline", (("1.0", _annotations), ("1.19", switched_off)))
