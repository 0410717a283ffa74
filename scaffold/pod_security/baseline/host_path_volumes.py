"""A hostPath volume is a part of the node's file system.

Fields: spec.volumes[*].hostPath.
Allowed: unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod


def _host_paths(pod: Pod) -> Iterator[tuple[str, str]]:
    for index, volume in enumerate(pod.spec.volumes or ()):
        if volume.get("hostPath") is not None:
            yield f"/spec/volumes/{index}/hostPath", "a volume of kind hostPath"


check = Check("hostPathVolumes", (("1.0", _host_paths),))
