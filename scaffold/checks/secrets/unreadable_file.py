"""A secret's file cannot be read by the process, or can be read by others.

What: volumes with secrets are mounted read-only, with mode 0440, into a pod whose fsGroup is set, or assigned by
    the cluster; by subPath only where a single file is declared (that it is alone, `unasked_mount` says).
Why: such files belong to root. Without fsGroup a process that is not root cannot read them at 0400 or 0440, and the fix
    that is usually found is 0444, which every process in the pod can read.
Fields: volumes[*].secret and .projected, their modes; securityContext.fsGroup; volumeMounts[*].readOnly.
Allowed: 0440 (288), fsGroup, readOnly.
Reference: Kubernetes, volumes' ownership (pkg/volume/volume_linux.go); OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from scaffold.manifests import PodTemplate, Rendered

MODE = 0o440


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each volume whose files have another mode, owner or mount."""
    singles = {
        member.app.key: {one.singleFile for one in member.app.spec.secrets.values()}
        for member in rendered.system.members
    }
    assigned = {member.app.key for member in rendered.system.members if not member.app.spec.security.ids}
    for pod in rendered.pods:
        for volume in pod.spec.get("volumes") or ():
            body = volume.get("secret") or volume.get("projected") or {}
            sources = [source.get("secret") for source in body.get("sources") or ()]
            if "secret" in volume or any(sources):
                yield from _volume(
                    pod, str(volume.get("name")), body, singles.get(pod.owner, set()), assigned=pod.owner in assigned
                )


def _volume(
    pod: PodTemplate, name: str, body: dict[str, Any], singles: AbstractSet[str | None], *, assigned: bool
) -> Iterator[Finding]:
    secrets = [source["secret"] for source in body.get("sources") or () if source.get("secret")]
    items = [item for holder in (body, *secrets) for item in holder.get("items") or ()]
    modes = [body.get("defaultMode"), *(item["mode"] for item in items if "mode" in item)]
    mounts = [m for _, c in pod.containers() for m in c.get("volumeMounts") or () if m.get("name") == name]
    group = (pod.spec.get("securityContext") or {}).get("fsGroup")
    wrong = {
        "its files' mode is not 0440": any(mode != MODE for mode in modes),
        "the pod has no fsGroup, so the process cannot read it": group is None and not assigned,
        "mounted writable": any(mount.get("readOnly") is not True for mount in mounts),
        "mounted by subPath, which never sees a new value": any(
            "subPath" in mount and mount.get("mountPath") not in singles for mount in mounts
        ),
    }
    for reason in (reason for reason, holds in wrong.items() if holds):
        yield Finding("error", "secrets/unreadable-file", pod.place("/volumes"), f"the volume {name}: {reason}")
