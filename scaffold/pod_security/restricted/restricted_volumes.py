"""A volume is configuration, scratch space, or storage that somebody claimed: no part of a node or of a foreign server.

Fields: spec.volumes[*].
Allowed: the kinds below; a volume that names none is an emptyDir.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod

_ALLOWED = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)


def _other_volumes(pod: Pod) -> Iterator[tuple[str, str]]:
    for index, volume in enumerate(pod.spec.volumes or ()):
        kinds = {kind: value for kind, value in volume.items() if kind != "name" and value is not None}
        # A kind that nobody knows is not allowed; nor is one beside an allowed one, which no pod can have.
        if not (kinds.keys() <= _ALLOWED and all(isinstance(value, dict) for value in kinds.values())):
            yield f"/spec/volumes/{index}", f"a volume of kind {', '.join(sorted(kinds))}"


check = Check("restrictedVolumes", (("1.0", _other_volumes),), overrides="hostPathVolumes")
