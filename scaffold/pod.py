"""The pod of an App as templates read it: containers, probes, volumes, mounts, environment.

May import: system.model, answers.schema, answers.platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.images import split
from scaffold.labels import pod_labels
from scaffold.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.platform import PlatformSpec
    from scaffold.answers.schema import App, InitContainer, Probe
    from scaffold.contributions import FileEntry, VolumeEntry
    from scaffold.system.model import Member

# Room for a container's own log file, which counts against ephemeral storage beside what it may write.
LOGS = 64 << 20
# How long, in seconds, what sends requests may take to learn that a pod ends.
_PAUSE = 5
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
    return {
        "image_name": split(app.spec.image)[0],
        # As they were said, for who compares pods: `app.ids` is what follows, which nobody said.
        "user": app.spec.security.user,
        "group": app.spec.security.group,
        # GA in 1.35, but the last kubelet that still speaks to containerd 1.7 is 1.35, and on such a node it would
        # refuse the pod (SupplementalGroupsPolicyNotSupported): only from 1.36 on is it safe everywhere.
        "strict_groups": tuple(map(int, platform.kubernetes.split("."))) >= (1, 36),
        "user_namespace": app.spec.security.userNamespace,
        "unlimited": [] if platform.cpuLimits else ["cpu"],
        "labels": {**pod_labels(app), **{entry.key: entry.value for entry, _ in additions.labels}},
        "annotations": {entry.key: entry.value for entry, _ in additions.annotations},
        "env": [{"name": entry.name, "source": {"name": entry.secret, "key": entry.key}} for entry, _ in additions.env],
        "env_from": [entry.configMap for entry, _ in additions.env_from],
        "ports": [{"name": name, "port": port.port, "protocol": port.l4} for name, port in app.spec.ports.items()],
        "probes": list(_probes(app)),
        "shutdown": app.spec.shutdown,
        # Before the process is told to end, so that callers learn of it first; always a part of the time that it has.
        "pause": min(_PAUSE, app.spec.shutdown // 2),
        "init": [_container(member, name, step) for name, step in app.spec.init.items()],
        "containers": [_container(member, app.name)],
        **_storage(app, [entry for entry, _ in additions.files], [entry for entry, _ in additions.volumes]),
    }


def _container(member: Member, name: str, step: InitContainer | None = None) -> dict[str, Any]:
    """Return what tells one container of a pod from another; an init container has what is its own, or the App's."""
    app = member.app
    given = (step and step.resources) or app.spec.resources
    # Storage is the pod's: a directory that one of them fills counts against each.
    storage = f"{storage_bytes(app) >> 20}Mi"
    taken = {"cpu": given.cpu, "memory": given.memory, "storage": storage}
    return {
        "name": name,
        "image": (step and step.image) or app.spec.image,
        "command": exact(step.command) if step else [],
        "args": exact(step.args) if step else [],
        "resources": taken,
        "relaxed": sorted(one.control for one in member.relaxed if one.container == name),
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
    first = next((name for name, port in app.spec.ports.items() if port.l4 == "TCP"), None)
    if ready is not None:
        yield _probe("readinessProbe", ready, app, _READY)
    elif first is not None:
        # Without an answer: ready once the first port listens. No liveness, which could only guess when to kill.
        yield {"name": "readinessProbe", "action": "tcpSocket", "target": {"port": first}, **_READY}
    if live is not None:
        failures = -(-(app.spec.health.startup or _STARTUP) // _START["period"])
        yield _probe("startupProbe", live, app, {**_START, "failures": failures})
        yield _probe("livenessProbe", live, app, _LIVE)


def _probe(name: str, probe: Probe, app: App, timing: dict[str, int]) -> dict[str, Any]:
    if probe.exec is not None:
        return {"name": name, "action": "exec", "target": {"command": probe.exec}, **timing}
    if probe.http is not None:
        port = probe.port or next(name for name, port in app.spec.ports.items() if port.l4 == "TCP")
        return {"name": name, "action": "httpGet", "target": {"path": probe.http, "port": port}, **timing}
    if probe.grpc is not None:
        # A gRPC probe takes no port name.
        return {"name": name, "action": "grpc", "target": {"port": app.spec.ports[probe.grpc].port}, **timing}
    return {"name": name, "action": "tcpSocket", "target": {"port": probe.tcp}, **timing}


def _storage(app: App, files: list[FileEntry], volumes: list[VolumeEntry]) -> dict[str, list[dict[str, Any]]]:
    """Return mounts and their volumes: a sized emptyDir for each writable directory, a read-only one for all else.

    The volumes that a StatefulSet keeps are mounted here; its controller adds them to the pod.

    A directory of files inside another one joins that one's volume: nothing can be mounted inside a read-only mount.
    """
    made: dict[str, list[dict[str, Any]]] = {"mounts": [], "writable": [], "projected": []}
    for path, size in sorted(app.spec.security.writable.items()):
        made["writable"].append({"name": volume_name(path), "size": size})
        made["mounts"].append({"name": volume_name(path), "mountPath": path})
    for path in sorted(app.spec.workload.volumes):
        made["mounts"].append({"name": volume_name(path), "mountPath": path})
    projected = {folder: _sources(entries) for folder, entries in _by_folder(files).items()}
    projected |= {volume.mountPath: volume.sources for volume in volumes}
    for path, sources in sorted(projected.items()):
        # 288 is 0440: readable by the group, which fsGroup makes the process's own; YAML 1.1 and 1.2 differ on 0440.
        views = [{"kind": kind, "value": value} for source in sources for kind, value in source.items()]
        made["projected"].append({"name": volume_name(path), "mode": 288, "sources": views})
        made["mounts"].append({"name": volume_name(path), "mountPath": path, "readOnly": True})
    return {**made, "volumes": made["writable"] + made["projected"]}


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
        item = {"key": entry.key, "path": entry.path.removeprefix(top + "/")}
        own = ("configMap", entry.configMap) if entry.configMap else ("secret", entry.secret)
        made.setdefault(top, []).append((own, item))
    return made


def volume_name(path: str) -> str:
    """Name a volume after the directory it is mounted at: `/var/cache/api` is `var-cache-api`."""
    # A dash in the path would read like a slash: it counts as lost.
    return slug(path[1:].replace("-", "--").replace("/", "-"), path)


def storage_bytes(app: App) -> int:
    """Return all that a pod may write, in bytes (whole Mi): its writable directories and its log."""
    return LOGS + sum(size_bytes(size) for size in app.spec.security.writable.values())


def size_bytes(size: str) -> int:
    """Return a size such as `64Mi` in bytes."""
    return int(size[:-2]) * _UNITS[size[-2:]]
