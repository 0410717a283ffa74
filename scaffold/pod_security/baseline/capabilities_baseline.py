"""Capabilities beyond the runtime's default set are parts of the node's root.

Fields: containers[*].securityContext.capabilities.add.
Allowed: nothing, and what is listed below: the default set without NET_RAW, which forges packets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check
from scaffold.pod_security.pod import Capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod

_ALLOWED = frozenset(
    (
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    )
)


def _added(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.container_contexts():
        for name in (context.capabilities or Capabilities()).add or ():
            if name not in _ALLOWED:
                yield f"{place}/capabilities/add", f"the capability {name} is added"


check = Check("capabilities_baseline", (("1.0", _added),))
