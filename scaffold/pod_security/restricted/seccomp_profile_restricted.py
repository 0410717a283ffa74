"""Every container runs under a seccomp profile, which takes away the system calls that exploits need.

Fields: securityContext.seccompProfile.type of the pod and of containers[*].
Allowed: RuntimeDefault, Localhost; for a container unset, if it is set for the pod. Unset in a pod for Windows, since
    1.25.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.baseline.seccomp_profile_baseline import switched_off
from scaffold.pod_security.check import Check, unless
from scaffold.pod_security.pod import Pod

if TYPE_CHECKING:
    from collections.abc import Iterator


def _unconfined(pod: Pod) -> Iterator[tuple[str, str]]:
    yield from switched_off(pod)
    for place, context in pod.container_contexts():
        if context.seccomp_profile is None and pod.context.seccomp_profile is None:
            yield f"{place}/seccompProfile", "no seccomp profile is set, nor for the pod"


check = Check(
    "seccompProfile_restricted",
    (("1.19", _unconfined), ("1.25", unless(Pod.for_windows, _unconfined))),
    overrides="seccompProfile_baseline",
)
