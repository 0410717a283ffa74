"""A process is not root, whatever its image says.

Fields: securityContext.runAsNonRoot of the pod and of containers[*].
Allowed: true; for a container unset, if it is true for the pod. Anything in a user namespace, since 1.35.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check, unless
from scaffold.pod_security.pod import Pod

if TYPE_CHECKING:
    from collections.abc import Iterator


def _root(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.contexts():
        if context.run_as_non_root is False:
            yield f"{place}/runAsNonRoot", "runAsNonRoot is false"
    for place, context in pod.container_contexts():
        if context.run_as_non_root is None and pod.context.run_as_non_root is None:
            yield f"{place}/runAsNonRoot", "runAsNonRoot is not set, nor for the pod"


check = Check("runAsNonRoot", (("1.0", _root), ("1.35", unless(Pod.in_user_namespace, _root))))
