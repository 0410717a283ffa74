"""A container sees a directory or a file that nobody declared for it.

What: the App's container and its init containers mount what the App declares, where it declares it: writable
    directories, kept volumes, files and secrets, and what blueprints add. A sidecar mounts directories of its own,
    which no other container mounts, and those of the App's that are declared for it, read or written.
Why: a sidecar is somebody else's program. What it mounts it reads, a secret as well as a log. A file over another one
    of the image is another program.
Fields: containers[*].volumeMounts; initContainers[*].volumeMounts; spec.volumes; StatefulSet spec.volumeClaimTemplates.
Reference: Kubernetes, volumes; NSA/CISA Kubernetes Hardening Guide: Pod security.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import Sidecar
    from scaffold.manifests import PodTemplate, Rendered
    from scaffold.system.model import Member

    # Where, what, and whether it is read or written.
    _View = tuple[str, str, str]

_MOUNT = {"name", "mountPath", "readOnly"}


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each place at which a container sees something else."""
    for pod, member in rendered.owned:
        for place, container in pod.containers():
            sidecar = member.app.spec.sidecars.get(str(container.get("name")))
            declared = _of_sidecar(member, sidecar) if sidecar else _of_app(member)
            wrong = {view[0] for view in {*_seen(pod, container)} ^ {*declared}}
            wrong |= set(_confused(pod, container, sidecar)) if sidecar else set()
            for path in sorted(wrong):
                yield Finding("error", "pod-security/unasked-mount", place, f"{path} is not mounted as declared")


def _seen(pod: PodTemplate, container: dict[str, Any]) -> Iterator[_View]:
    volumes = {volume["name"]: volume for volume in pod.spec.get("volumes") or ()}
    claims = {claim["metadata"]["name"] for claim in pod.manifest.spec.get("volumeClaimTemplates") or ()}
    for mount in container.get("volumeMounts") or ():
        path, access = mount["mountPath"], "read" if mount.get("readOnly") is True else "write"
        sources = (volumes.get(mount["name"], {}).get("projected") or {}).get("sources") or ()
        if set(mount) - _MOUNT - ({"subPath"} if sources else set()):
            yield path, "in another way", access
        elif mount["name"] in claims:
            yield path, "a claim", access
        elif sources:
            inside = "subPath" in mount
            for at, what in _files(sources):
                if not inside or at == "/" + mount["subPath"]:
                    yield path if inside else path + at, f"alone {what}" if inside else what, access
        elif "csi" in volumes.get(mount["name"], {}):
            yield path, json.dumps(["csi", volumes[mount["name"]]["csi"]], sort_keys=True), access
        else:
            kinds = sorted(set(volumes.get(mount["name"], {})) - {"name"})
            yield path, ", ".join(kinds), access


def _files(sources: Any) -> Iterator[tuple[str, str]]:
    """Yield what a projected volume holds: where below it (nowhere, for what is no ConfigMap or Secret), and what."""
    for source in sources:
        for kind, body in source.items():
            items = body.get("items") if kind in {"configMap", "secret"} else None
            for item in items or ():
                rest = {key: value for key, value in item.items() if key != "path"}
                yield "/" + item["path"], json.dumps([kind, {**body, "items": [rest]}], sort_keys=True)
            if not items:
                yield "", json.dumps([kind, body], sort_keys=True)


def _of_app(member: Member) -> Iterator[_View]:
    for path in member.app.spec.security.writable:
        yield path, "emptyDir", "write"
    for path in member.app.spec.workload.volumes:
        yield path, "a claim", "write"
    for entry, _ in member.additions.files:
        kind, name = ("configMap", entry.configMap) if entry.configMap else ("secret", entry.secret)
        what = json.dumps([kind, {"name": name, "items": [{"key": entry.key}]}], sort_keys=True)
        yield entry.path, f"alone {what}" if entry.single else what, "read"
    for volume, _ in member.additions.volumes:
        yield from ((volume.mountPath + at, what, "read") for at, what in _files(volume.sources))
        if volume.driver:
            body = {"driver": volume.driver.name, "readOnly": True, "volumeAttributes": volume.driver.attributes}
            yield volume.mountPath, json.dumps(["csi", body], sort_keys=True), "read"


def _of_sidecar(member: Member, sidecar: Sidecar) -> Iterator[_View]:
    for path in sidecar.writable:
        yield path, "emptyDir", "write"
    for path, what, _ in _of_app(member):
        for given, access in sidecar.mounts.items():
            if path == given or (path.startswith(given + "/") and what.startswith("[")):
                yield path, what, access


def _confused(pod: PodTemplate, container: dict[str, Any], sidecar: Sidecar) -> Iterator[str]:
    """Yield where a sidecar shares a volume that is its own, or has one of its own where it shares the App's."""
    others = [one for _, one in pod.containers() if one is not container]
    theirs = {(mount["mountPath"], mount["name"]) for one in others for mount in one.get("volumeMounts") or ()}
    for mount in container.get("volumeMounts") or ():
        path, name = mount["mountPath"], mount["name"]
        is_shared = (path, name) in theirs if path in sidecar.mounts else name in {one for _, one in theirs}
        if is_shared != (path in sidecar.mounts):
            yield path
