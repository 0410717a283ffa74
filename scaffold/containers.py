"""The containers of an App's pod as templates read them: what runs, what it is given, how it is asked.

May import: storage, system.model (types), answers.schema, answers.platform, answers.resources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.answers.resources import taken, taken_beside
from scaffold.storage import own_volume, sidecar_storage, storage_bytes, volume_name
from scaffold.system.derived import first_asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.platform import PlatformSpec
    from scaffold.answers.policy import Amounts
    from scaffold.answers.port import Port
    from scaffold.answers.schema import App, InitContainer, Probe, Sidecar
    from scaffold.system.model import Member

# How long, in seconds, what sends requests may take to learn that a pod ends.
_PAUSE = 5
_LABEL = 63  # characters in the name of a volume
# Every field is written out, as scanners ask. Not a delay of 0, though: the server leaves it out when it is read back,
# which looks like drift.
_ALWAYS = {"delay": 1, "successes": 1}
_READY = {**_ALWAYS, "period": 10, "timeout": 2, "failures": 3}
# Time to start; only then does liveness count. Without this, a slow start is killed for ever.
_START = {**_ALWAYS, "period": 5, "timeout": 5}
_STARTUP = 300
# Slower than readiness, so that a pod is taken out of service well before it is killed.
_LIVE = {**_ALWAYS, "period": 20, "timeout": 5, "failures": 6}


def containers(member: Member, platform: PlatformSpec, mounts: dict[str, Any]) -> dict[str, Any]:
    """Return the containers of an App's pod: those before it (`init`), and its own.

    Args:
        member: the App with the additions to its pods.
        platform: what runs it.
        mounts: what its own containers mount.
    """
    app, additions = member.app, member.additions
    # What the App's container has, its init containers have, too.
    shared = {
        "env": [
            {
                "name": entry.name,
                "from": "valueFrom",
                "value": {"secretKeyRef": {"name": entry.secret, "key": entry.key}},
            }
            for entry, _ in additions.env
        ],
        "env_from": [entry.configMap for entry, _ in additions.env_from],
        **mounts,
    }
    sidecars = [_sidecar(member, name, one, taken_beside(one, platform)) for name, one in app.spec.sidecars.items()]
    steps = [_container(member, name, taken(app, platform, step), step) for name, step in app.spec.init.items()]
    own = _container(member, app.name, taken(app, platform)) | _asked(app)
    # Sidecars first: what runs to its end before the App starts may need them.
    return {"init": [*sidecars, *(_BARE | shared | step for step in steps)], "containers": [_BARE | shared | own]}


# What only some containers have.
_BARE: dict[str, Any] = {"ports": [], "probes": [], "pause": 0}


def _asked(app: App) -> dict[str, Any]:
    """Return where the App's own container listens, how it is asked, and how it ends."""
    # Before the process is told to end, so that callers learn of it first; always a part of the time that it has.
    pause = min(_PAUSE, app.spec.shutdown // 2) if app.spec.ports else 0
    return {"ports": _ports(app.served), "probes": list(_probes(app)), "pause": pause}


def _ports(ports: Mapping[str, Port]) -> list[dict[str, Any]]:
    """Return ports as a container lists them: each by itself, and no ranges. The list only informs."""
    single = {name: port for name, port in ports.items() if port.endPort is None}
    return [{"name": name, "port": port.port, "protocol": port.l4} for name, port in single.items()]


def _container(member: Member, name: str, given: Amounts, step: InitContainer | None = None) -> dict[str, Any]:
    """Return what tells one container of a pod from another; an init container has what is its own, or the App's."""
    app = member.app
    # Storage is the pod's: a directory that one of them fills counts against each.
    storage = f"{storage_bytes(app) >> 20}Mi"
    return {
        "name": name,
        "image": (step and step.image) or app.spec.image,
        "optional": _words(step.command, step.args) if step else _words(app.spec.command or [], app.spec.args),
        "resources": {"cpu": given.cpu, "memory": given.memory, "storage": storage},
        "relaxed": _relaxed(member, name),
    }


def _relaxed(member: Member, name: str) -> list[str]:
    return sorted(one.control for one in member.relaxed if one.container == name)


def _sidecar(member: Member, name: str, sidecar: Sidecar, given: Amounts) -> dict[str, Any]:
    """Return a container that stays beside the App's: it has what is its own, and what it names of the App's."""
    own = [{"name": own_volume(name, path), "mountPath": path} for path in sorted(sidecar.writable)]
    shared = [
        {"name": volume_name(path), "mountPath": path, **({"readOnly": True} if access == "read" else {})}
        for path, access in sorted(sidecar.mounts.items())
    ]
    ports = {port: member.app.spec.ports[port] for port in sidecar.ports}
    failures = _STARTUP // _START["period"]
    started = sidecar.started and _probe("startupProbe", sidecar.started, ports, {**_START, "failures": failures})
    return {
        "name": name,
        "image": sidecar.image,
        "optional": {"restartPolicy": "Always", **_words(sidecar.command or [], sidecar.args)},
        "env": [
            {"name": name, "from": "value", "value": value}
            for name, value in zip(sidecar.env, exact(list(sidecar.env.values())), strict=True)
        ],
        "env_from": [],
        "resources": {
            "cpu": given.cpu,
            "memory": given.memory,
            "storage": f"{sidecar_storage(sidecar) >> 20}Mi",
        },
        "mounts": [*own, *shared],
        "singles": [],
        "ports": _ports(ports),
        "probes": [started] if started else [],
        "pause": 0,
        "relaxed": _relaxed(member, name),
    }


def _words(command: list[str], args: list[str]) -> dict[str, list[str]]:
    """Return what is run, of which the image's own is taken where nothing is said."""
    return {field: exact(words) for field, words in (("command", command), ("args", args)) if words}


def exact(words: list[str]) -> list[str]:
    """Spell a container's command so that it is run as it is: Kubernetes puts variables into it, and halves `$$`.

    The commands of probes are run as they stand.
    """
    return [word.replace("$", "$$") for word in words]


def _probes(app: App) -> Iterator[dict[str, Any]]:
    if app.spec.workload.ends:
        return
    ready, live = app.spec.health.ready, app.spec.health.live
    first = first_asked(app.served)
    if ready is not None:
        yield _probe("readinessProbe", ready, app.served, _READY)
    elif first is not None:
        # Without an answer: ready once the first port listens. No liveness, which could only guess when to kill.
        yield {"name": "readinessProbe", "action": "tcpSocket", "target": {"port": first}, **_READY}
    if live is not None:
        failures = -(-(app.spec.health.startup or _STARTUP) // _START["period"])
        yield _probe("startupProbe", live, app.served, {**_START, "failures": failures})
        yield _probe("livenessProbe", live, app.served, _LIVE)


def _probe(name: str, probe: Probe, ports: Mapping[str, Port], timing: dict[str, int]) -> dict[str, Any]:
    if probe.exec is not None:
        return {"name": name, "action": "exec", "target": {"command": probe.exec}, **timing}
    if probe.http is not None:
        target = {"path": probe.http, "port": probe.port or first_asked(ports)}
        return {"name": name, "action": "httpGet", "target": target, **timing}
    if probe.grpc is not None:
        # A gRPC probe takes no port name.
        return {"name": name, "action": "grpc", "target": {"port": ports[probe.grpc].port}, **timing}
    return {"name": name, "action": "tcpSocket", "target": {"port": probe.tcp}, **timing}
