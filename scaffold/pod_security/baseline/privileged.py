"""A privileged container has every device and capability of its node.

Fields: containers[*].securityContext.privileged.
Allowed: false, unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod


def _privileged(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.container_contexts():
        if context.privileged:
            yield f"{place}/privileged", "privileged"


check = Check("privileged", (("1.0", _privileged),))
