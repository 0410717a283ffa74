"""A process must not gain more privileges than its parent has, through a set-user-ID program for example.

Fields: containers[*].securityContext.allowPrivilegeEscalation.
Allowed: false; unset in a pod for Windows, since 1.25.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check, unless
from scaffold.pod_security.pod import Pod

if TYPE_CHECKING:
    from collections.abc import Iterator


def _escalation(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.container_contexts():
        if context.allow_privilege_escalation is not False:
            yield f"{place}/allowPrivilegeEscalation", "allowPrivilegeEscalation is not false"


check = Check("allowPrivilegeEscalation", (("1.8", _escalation), ("1.25", unless(Pod.for_windows, _escalation))))
