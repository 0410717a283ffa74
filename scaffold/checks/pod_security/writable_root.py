"""A container can change its own program.

What: the root file system is read-only, and each emptyDir has a size.
Why: an intruder cannot keep what cannot be written, and cannot fill the node's disk.
Fields: containers[*].securityContext.readOnlyRootFilesystem; spec.volumes[*].emptyDir.sizeLimit.
Allowed: true; a size.
Reference: NSA/CISA Kubernetes Hardening Guide, immutable container file systems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each writable root and each emptyDir without a size."""
    for pod in rendered.pods:
        for place, container in pod.containers():
            if (container.get("securityContext") or {}).get("readOnlyRootFilesystem") is not True:
                yield Finding("error", "pod-security/writable-root", place, "readOnlyRootFilesystem is not true")
        for volume in pod.spec.get("volumes") or ():
            # A volume that names no kind is an emptyDir.
            kinds = {kind for kind, value in volume.items() if kind != "name" and value is not None}
            if kinds <= {"emptyDir"} and not (volume.get("emptyDir") or {}).get("sizeLimit"):
                yield Finding(
                    "error", "pod-security/writable-root", pod.place("/volumes"), f"{volume['name']} has no sizeLimit"
                )
