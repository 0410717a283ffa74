"""The pod of an App as templates read it: containers, probes, volumes, mounts, environment.

May import: system.model, answers.schema, answers.platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.images import split
from scaffold.labels import pod_labels
from scaffold.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.platform import PlatformSpec
    from scaffold.answers.schema import App, InitContainer, Port, Probe, Sidecar
    from scaffold.contributions import FileEntry, VolumeEntry
    from scaffold.system.model import Member

# Room for a container's own log file, which counts against ephemeral storage beside what it may write.
LOGS = 64 << 20
# How long, in seconds, what sends requests may take to learn that a pod ends.
_PAUSE = 5
_LABEL = 63  # characters in the name of a volume
_UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}
# Every field is written out, as scanners ask. Not a delay of 0, though: the server leaves it out when it is read back,
# which looks like drift.
_ALWAYS = {"delay": 1, "successes": 1}
_READY = {**_ALWAYS, "period": 10, "timeout": 2, "failures": 3}
# Time to start; only then does liveness count. Without this, a slow start is killed for ever.
_START = {**_ALWAYS, "period": 5, "timeout": 5}
_STARTUP = 300
# Slower than readiness, so that a pod is taken out of service well before it is killed.
_LIVE = {**_ALWAYS, "period": 20, "timeout": 5, "failures": 6}


def pod(member: Member, platform: PlatformSpec) -> dict[str, Any]:
    """Return an App's pod, with every default decided.

    Args:
        member: the App with the additions to its pods.
        platform: what runs it.
    """
    app, additions = member.app, member.additions
    storage = _storage(app, [entry for entry, _ in additions.files], [entry for entry, _ in additions.volumes])
    # What the App's container has, its init containers have, too.
    shared = {
        "env": [{"name": entry.name, "source": {"name": entry.secret, "key": entry.key}} for entry, _ in additions.env],
        "env_from": [entry.configMap for entry, _ in additions.env_from],
        "mounts": storage.pop("mounts"),
        "singles": storage.pop("singles"),
    }
    return {
        "image_names": list(dict.fromkeys(split(image)[0] for image in _images(app))),
        "user": app.spec.security.user,
        # GA in 1.35, but the last kubelet that still speaks to containerd 1.7 is 1.35, and on such a node it would
        # refuse the pod (SupplementalGroupsPolicyNotSupported): only from 1.36 on is it safe everywhere.
        "strict_groups": tuple(map(int, platform.kubernetes.split("."))) >= (1, 36),
        "user_namespace": app.spec.security.userNamespace,
        "unlimited": [] if platform.cpuLimits else ["cpu"],
        "labels": {**pod_labels(app), **{entry.key: entry.value for entry, _ in additions.labels}},
        "annotations": {entry.key: entry.value for entry, _ in additions.annotations},
        "shutdown": app.spec.shutdown,
        # Sidecars first: what runs to its end before the App starts may need them.
        "init": [
            *(_sidecar(member, name, sidecar) for name, sidecar in app.spec.sidecars.items()),
            *(_BARE | shared | _container(member, name, step) for name, step in app.spec.init.items()),
        ],
        "containers": [_BARE | shared | _container(member, app.name) | _asked(app)],
        **storage,
    }


def _images(app: App) -> Iterator[str]:
    yield app.spec.image
    yield from (sidecar.image for sidecar in app.spec.sidecars.values())
    yield from (step.image for step in app.spec.init.values() if step.image is not None)


# What only some containers have.
_BARE: dict[str, Any] = {"restart": "", "variables": {}, "ports": [], "probes": [], "pause": 0}


def _asked(app: App) -> dict[str, Any]:
    """Return where the App's own container listens, how it is asked, and how it ends."""
    # Before the process is told to end, so that callers learn of it first; always a part of the time that it has.
    pause = min(_PAUSE, app.spec.shutdown // 2) if app.spec.ports else 0
    return {"ports": _ports(app.served), "probes": list(_probes(app)), "pause": pause}


def _ports(ports: Mapping[str, Port]) -> list[dict[str, Any]]:
    return [{"name": name, "port": port.port, "protocol": port.l4} for name, port in ports.items()]


def _container(member: Member, name: str, step: InitContainer | None = None) -> dict[str, Any]:
    """Return what tells one container of a pod from another; an init container has what is its own, or the App's."""
    app = member.app
    given = (step and step.resources) or app.spec.resources
    # Storage is the pod's: a directory that one of them fills counts against each.
    storage = f"{storage_bytes(app) >> 20}Mi"
    return {
        "name": name,
        "image": (step and step.image) or app.spec.image,
        "command": exact(step.command) if step else [],
        "args": exact(step.args) if step else [],
        "resources": {"cpu": given.cpu, "memory": given.memory, "storage": storage},
        "relaxed": _relaxed(member, name),
    }


def _relaxed(member: Member, name: str) -> list[str]:
    return sorted(one.control for one in member.relaxed if one.container == name)


def _sidecar(member: Member, name: str, sidecar: Sidecar) -> dict[str, Any]:
    """Return a container that stays beside the App's: it has what is its own, and what it names of the App's."""
    own = [{"name": own_volume(name, path), "mountPath": path} for path in sorted(sidecar.writable)]
    given = [
        {"name": volume_name(path), "mountPath": path, **({"readOnly": True} if access == "read" else {})}
        for path, access in sorted(sidecar.mounts.items())
    ]
    ports = {port: member.app.spec.ports[port] for port in sidecar.ports}
    failures = _STARTUP // _START["period"]
    started = sidecar.started and _probe("startupProbe", sidecar.started, ports, {**_START, "failures": failures})
    return {
        "name": name,
        "image": sidecar.image,
        "restart": "Always",
        "command": exact(sidecar.command or []),
        "args": exact(sidecar.args),
        "variables": dict(zip(sidecar.env, exact(list(sidecar.env.values())), strict=True)),
        "env": [],
        "env_from": [],
        "resources": {
            "cpu": sidecar.resources.cpu,
            "memory": sidecar.resources.memory,
            "storage": f"{sidecar_storage(sidecar) >> 20}Mi",
        },
        "mounts": [*own, *given],
        "singles": [],
        "ports": _ports(ports),
        "probes": [started] if started else [],
        "pause": 0,
        "relaxed": _relaxed(member, name),
    }


def exact(words: list[str]) -> list[str]:
    """Spell a container's command so that it is run as it is: Kubernetes puts variables into it, and halves `$$`.

    The commands of probes are run as they stand.
    """
    return [word.replace("$", "$$") for word in words]


def _probes(app: App) -> Iterator[dict[str, Any]]:
    if app.spec.workload.ends:
        return
    ready, live = app.spec.health.ready, app.spec.health.live
    first = _first(app.served)
    if ready is not None:
        yield _probe("readinessProbe", ready, app.served, _READY)
    elif first is not None:
        # Without an answer: ready once the first port listens. No liveness, which could only guess when to kill.
        yield {"name": "readinessProbe", "action": "tcpSocket", "target": {"port": first}, **_READY}
    if live is not None:
        failures = -(-(app.spec.health.startup or _STARTUP) // _START["period"])
        yield _probe("startupProbe", live, app.served, {**_START, "failures": failures})
        yield _probe("livenessProbe", live, app.served, _LIVE)


def _first(ports: Mapping[str, Port]) -> str | None:
    return next((name for name, port in ports.items() if port.l4 == "TCP"), None)


def _probe(name: str, probe: Probe, ports: Mapping[str, Port], timing: dict[str, int]) -> dict[str, Any]:
    if probe.exec is not None:
        return {"name": name, "action": "exec", "target": {"command": probe.exec}, **timing}
    if probe.http is not None:
        target = {"path": probe.http, "port": probe.port or _first(ports)}
        return {"name": name, "action": "httpGet", "target": target, **timing}
    if probe.grpc is not None:
        # A gRPC probe takes no port name.
        return {"name": name, "action": "grpc", "target": {"port": ports[probe.grpc].port}, **timing}
    return {"name": name, "action": "tcpSocket", "target": {"port": probe.tcp}, **timing}


def _storage(app: App, files: list[FileEntry], volumes: list[VolumeEntry]) -> dict[str, list[dict[str, Any]]]:
    """Return mounts and their volumes: a sized emptyDir for each writable directory, a read-only one for all else.

    The volumes that a StatefulSet keeps are mounted here; its controller adds them to the pod.

    A directory of files inside another one joins that one's volume: nothing can be mounted inside a read-only mount.
    A single file has a volume of its own, of which nothing else is mounted. So have the directories of a sidecar.
    """
    made: dict[str, list[dict[str, Any]]] = {"mounts": [], "singles": [], "writable": [], "projected": []}
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
    projected |= {volume.mountPath: volume.sources for volume in volumes}
    for path, sources in sorted(projected.items()):
        made["projected"].append(_projected(path, sources))
        made["mounts"].append({"name": volume_name(path), "mountPath": path, "readOnly": True})
    for entry in sorted((entry for entry in files if entry.single), key=lambda entry: entry.path):
        item = _item(entry, entry.path.rpartition("/")[2])
        made["projected"].append(_projected(entry.path, _sources([item])))
        view = {"name": volume_name(entry.path), "mountPath": entry.path, "subPath": item[1]["path"], "readOnly": True}
        made["singles"].append(view)
    return {**made, "volumes": made["writable"] + made["projected"]}


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


def size_bytes(size: str) -> int:
    """Return a size such as `64Mi` in bytes."""
    return int(size[:-2]) * _UNITS[size[-2:]]
