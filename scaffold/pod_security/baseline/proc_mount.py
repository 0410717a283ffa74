"""The runtime masks parts of /proc; what is not masked tells of the node, and changes it.

Fields: containers[*].securityContext.procMount.
Allowed: Default, unset; anything in a user namespace (spec.hostUsers is false), since 1.35.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check, unless
from scaffold.pod_security.pod import Pod

if TYPE_CHECKING:
    from collections.abc import Iterator


def unmasked(pod: Pod) -> Iterator[tuple[str, str]]:
    """Yield every container that sees another /proc than the default one."""
    for place, context in pod.container_contexts():
        if context.proc_mount not in {None, "Default"}:
            yield f"{place}/procMount", f"procMount is {context.proc_mount}"


check = Check("procMount", (("1.0", unmasked), ("1.35", unless(Pod.in_user_namespace, unmasked))))
