"""No process is started as user 0.

Fields: securityContext.runAsUser of the pod and of containers[*].
Allowed: other numbers, unset. Anything in a user namespace, since 1.35.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check, unless
from scaffold.pod_security.pod import Pod

if TYPE_CHECKING:
    from collections.abc import Iterator


def _user_0(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.contexts():
        if context.run_as_user == 0:
            yield f"{place}/runAsUser", "runAsUser is 0"


check = Check("runAsUser", (("1.23", _user_0), ("1.35", unless(Pod.in_user_namespace, _user_0))))
