"""What runs in the containers of an App, and how it is asked: images, probes, init containers, sidecars.

May import: schema, walker (spelling of values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.walker import nearest
from scaffold.images import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.port import Port
    from scaffold.answers.schema import App, Probe
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with what an App runs, and with how it is asked."""
    for where, image in app.images.items():
        yield from _image(image, where)
    if app.spec.command is not None:
        yield from _command(app.spec.command, ("spec", "command"))
    yield from _health(app)
    for name, step in app.spec.init.items():
        at: Path = ("spec", "init", name)
        if name == app.name:
            yield at, "is the name of the App's own container", "choose another name"
        yield from _command(step.command, (*at, "command"))
    yield from _sidecars(app)


def _sidecars(app: App) -> Iterator[Complaint]:
    listening: dict[str, str] = {}
    for name, sidecar in app.spec.sidecars.items():
        at: Path = ("spec", "sidecars", name)
        if name == app.name or name in app.spec.init:
            whose = "the App's own container" if name == app.name else "an init container"
            yield at, f"is the name of {whose}", "choose another name"
        if sidecar.command is not None:
            yield from _command(sidecar.command, (*at, "command"))
        for index, port in enumerate(sidecar.ports):
            where: Path = (*at, "ports", index)
            if port not in app.spec.ports:
                yield where, f'no port "{port}"{nearest(port, app.spec.ports)}', declared(app.spec.ports)
            elif port in listening:
                yield where, f"{port} is served by {listening[port]} already", "remove one of them"
            listening.setdefault(port, name)
        if sidecar.started is not None:
            own = {port: app.spec.ports[port] for port in sidecar.ports if port in app.spec.ports}
            yield from _probe(own, sidecar.started, (*at, "started"), f"name it in spec.sidecars.{name}.ports")


def _image(image: str, at: Path) -> Iterator[Complaint]:
    name, tag, digest = split(image)
    remedy = f"pin what was tested: {name}:1.0.0 or {name}@sha256:…"
    if not tag and not digest:
        yield at, "no tag and no digest: any push changes what runs", remedy
    if tag == "latest":
        yield at, "the tag latest: any push changes what runs", remedy


def _command(command: list[str], at: Path) -> Iterator[Complaint]:
    if not command[0]:
        yield (*at, 0), "no program has an empty name", "begin with the program, for example /app/migrate"


def _health(app: App) -> Iterator[Complaint]:
    health = app.spec.health
    for name, probe in (("ready", health.ready), ("live", health.live)):
        if probe is not None:
            yield from _probe(app.served, probe, ("spec", "health", name), declared(app.served))
    if health.startup is not None and health.live is None and not app.spec.workload.ends:
        why = "nothing asks whether the process lives, so nothing ends a slow start"
        yield ("spec", "health", "startup"), why, "remove it, or say how to ask: live"


def _probe(ports: Mapping[str, Port], probe: Probe, at: Path, remedy: str) -> Iterator[Complaint]:
    """Check a probe of a container that listens on some ports: it asks no other container's."""
    given = [key for key in probe.ONE_OF if getattr(probe, key) is not None]
    if len(given) != 1:
        one = "give exactly one of http (a path), tcp, grpc (a port's name), exec (a command)"
        yield at, f"{joined(given) or 'nothing'} given", one
        return
    if probe.port is not None and given != ["http"]:
        why = "a command asks no port" if given == ["exec"] else f"{given[0]} already names the port"
        yield (*at, "port"), why, "remove `port`"
    if probe.exec is not None:
        yield from _command(probe.exec, (*at, "exec"))
        return
    name = probe.port if given == ["http"] else getattr(probe, given[0])
    if name is None:
        if all(not port.can_be_asked for port in ports.values()):
            yield at, "the container has no TCP port to ask", "declare one under spec.ports, or leave the answer out"
        return
    where = (*at, "port" if given == ["http"] else given[0])
    if name not in ports:
        yield where, f'the container has no port "{name}"{nearest(name, ports)}', remedy
    elif not ports[name].can_be_asked:
        what = f"range {name} ({ports[name]})" if ports[name].endPort else f"{ports[name].l4} port {name}"
        yield where, f"the kubelet cannot ask the {what}", "ask a single TCP port"


def declared(ports: Mapping[str, Port]) -> str:
    """Return which ports there are, or how to declare one."""
    names = ", ".join(f"{name} ({port})" for name, port in list(ports.items())[:10])
    return f"declared: {names}" if names else "declare it under spec.ports"


def joined(words: list[str]) -> str:
    """Return words as a message lists them."""
    return " and ".join(words)
