"""What the containers of a pod mount, from which volumes, and how much they may write there.

May import: system.model (types), answers.schema (types), contributions (types), names, quantities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from scaffold.names import slug
from scaffold.quantities import size_bytes

if TYPE_CHECKING:
    from scaffold.answers.schema import App, Sidecar
    from scaffold.contributions import FileEntry, VolumeEntry

# Room for a container's own log file, which counts against ephemeral storage beside what it may write.
LOGS = 64 << 20
_LABEL = 63  # characters in the name of a volume


def storage(app: App, files: list[FileEntry], volumes: list[VolumeEntry]) -> dict[str, list[dict[str, Any]]]:
    """Return mounts and their volumes: a sized emptyDir for each writable directory, a read-only one for all else.

    The volumes that a StatefulSet keeps are mounted here; its controller adds them to the pod.

    A directory of files inside another one joins that one's volume: nothing can be mounted inside a read-only mount.
    A single file has a volume of its own, of which nothing else is mounted. So have the directories of a sidecar.
    """
    made: dict[str, list[dict[str, Any]]] = {"mounts": [], "singles": [], "writable": [], "projected": [], "driven": []}
    for path, size in sorted(app.spec.security.writable.items()):
        made["writable"].append({"name": volume_name(path), "size": size})
        made["mounts"].append({"name": volume_name(path), "mountPath": path})
    for path in sorted(app.spec.workload.volumes):
        made["mounts"].append({"name": volume_name(path), "mountPath": path})
    for name, sidecar in app.spec.sidecars.items():
        made["writable"] += [
            {"name": own_volume(name, at), "size": size} for at, size in sorted(sidecar.writable.items())
        ]
    folders = _by_folder([entry for entry in files if not entry.single])
    projected = {folder: _sources(entries) for folder, entries in folders.items()}
    projected |= {volume.mountPath: volume.sources for volume in volumes if volume.sources}
    for path, sources in sorted(projected.items()):
        made["projected"].append(_projected(path, sources))
        made["mounts"].append({"name": volume_name(path), "mountPath": path, "readOnly": True})
    for volume in sorted((volume for volume in volumes if volume.driver), key=lambda volume: volume.mountPath):
        made["driven"].append(_driven(volume))
        made["mounts"].append({"name": volume_name(volume.mountPath), "mountPath": volume.mountPath, "readOnly": True})
    for entry in sorted((entry for entry in files if entry.single), key=lambda entry: entry.path):
        item = _item(entry, entry.path.rpartition("/")[2])
        made["projected"].append(_projected(entry.path, _sources([item])))
        view = {"name": volume_name(entry.path), "mountPath": entry.path, "subPath": item[1]["path"], "readOnly": True}
        made["singles"].append(view)
    return {**made, "volumes": made["writable"] + made["projected"] + made["driven"]}


def _driven(volume: VolumeEntry) -> dict[str, Any]:
    driver = to_builtins(volume.driver)
    return {"name": volume_name(volume.mountPath), "driver": driver["name"], "attributes": driver["attributes"]}


def _projected(path: str, sources: list[dict[str, Any]]) -> dict[str, Any]:
    # 288 is 0440: readable by the group, which fsGroup makes the process's own; YAML 1.1 and 1.2 differ on 0440.
    views = [{"kind": kind, "value": value} for source in sources for kind, value in source.items()]
    return {"name": volume_name(path), "mode": 288, "sources": views}


_Item = tuple[tuple[str, str], dict[str, str]]


def _sources(entries: list[_Item]) -> list[dict[str, Any]]:
    """Return the sources of one volume: each ConfigMap and Secret once, with the keys that are read."""
    return [
        {kind: {"name": name, "items": [item for own, item in entries if own == (kind, name)]}}
        for kind, name in sorted({own for own, _ in entries})
    ]


def _by_folder(files: list[FileEntry]) -> dict[str, list[_Item]]:
    folders = sorted({entry.path.rpartition("/")[0] for entry in files})
    tops = [folder for folder in folders if not any(folder.startswith(other + "/") for other in folders)]
    made: dict[str, list[_Item]] = {}
    for entry in sorted(files, key=lambda entry: entry.path):
        top = next(top for top in tops if entry.path.startswith(top + "/"))
        made.setdefault(top, []).append(_item(entry, entry.path.removeprefix(top + "/")))
    return made


def _item(entry: FileEntry, path: str) -> _Item:
    own = ("configMap", entry.configMap) if entry.configMap else ("secret", entry.secret)
    return own, {"key": entry.key, "path": path}


def volume_name(path: str) -> str:
    """Name a volume after the directory it is mounted at: `/var/cache/api` is `var-cache-api`."""
    # A dash in the path would read like a slash: it counts as lost.
    return slug(path[1:].replace("-", "--").replace("/", "-"), path)


def own_volume(sidecar: str, path: str) -> str:
    """Name the volume of a sidecar's own directory: no other volume's name has two dashes, and a path's none."""
    name = f"{sidecar}--{volume_name(path)}"
    return name if len(name) <= _LABEL else slug(name, f"{sidecar} {path}")


def storage_bytes(app: App) -> int:
    """Return all that the App may write, in bytes (whole Mi): its writable directories and its log."""
    return LOGS + sum(size_bytes(size) for size in app.spec.security.writable.values())


def sidecar_storage(sidecar: Sidecar) -> int:
    """Return all that a sidecar may write beside what it shares, in bytes (whole Mi)."""
    return LOGS + sum(size_bytes(size) for size in sidecar.writable.values())
