"""Every capability is dropped; binding a port below 1024 may be added again.

Fields: containers[*].securityContext.capabilities.drop, .add.
Allowed: a list with ALL; nothing, NET_BIND_SERVICE. Anything in a pod for Windows, since 1.25.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check, unless
from scaffold.pod_security.pod import Capabilities, Pod

if TYPE_CHECKING:
    from collections.abc import Iterator


def _kept(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.container_contexts():
        capabilities = context.capabilities or Capabilities()
        if "ALL" not in (capabilities.drop or ()):
            yield f"{place}/capabilities/drop", "capabilities are not dropped: no ALL"
        for name in capabilities.add or ():
            if name != "NET_BIND_SERVICE":
                yield f"{place}/capabilities/add", f"the capability {name} is added"


check = Check(
    "capabilities_restricted",
    (("1.22", _kept), ("1.25", unless(Pod.for_windows, _kept))),
    overrides="capabilities_baseline",
)
