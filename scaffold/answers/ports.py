"""Rules on the ports of an App and of what it calls: each is known once, and a range is one.

May import: schema, platform, peers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.peers import Callee
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with an App's own ports."""
    pod: dict[tuple[int, str], str] = {}
    service: dict[tuple[int, str], str] = {}
    for name, port in app.spec.ports.items():
        at: Path = ("spec", "ports", name)
        first = pod.setdefault((port.port, port.l4), name)
        if first != name:
            yield (*at, "port"), f'port {port.port} is already named "{first}"', "keep one name"
        if port.endPort is not None:
            yield from _range(app, name, at)
            continue
        outer = port.service or port.port
        first = service.setdefault((outer, port.l4), name)
        if first != name and pod[port.port, port.l4] == name:
            yield at, f'Service port {outer} is already taken by "{first}"', "give one of them another `service:`"


def _range(app: App, name: str, at: Path) -> Iterator[Complaint]:
    """Yield what is wrong with a port that is a range."""
    port = app.spec.ports[name]
    if port.last <= port.port:
        yield (*at, "endPort"), f"no range: the first port is {port.port}", "remove it, or name a higher port"
    if port.service is not None:
        yield (*at, "service"), "a Service maps no ranges: callers reach the pods themselves", "remove it"
    if port.protocol in {"http", "grpc"}:
        why = "requests are told apart at single ports only"
        yield (*at, "protocol"), why, "tcp, udp or sctp; or declare each port by itself"
    for other, own in app.spec.ports.items():
        apart = own.last < port.port or port.last < own.port
        if other != name and own.l4 == port.l4 and own.port != port.port and not apart:
            yield (*at, "endPort"), f'the range {port} has port {own} of "{other}" in it', "let them not overlap"


def check_callee(callee: Callee, at: Path) -> Iterator[Complaint]:
    """Yield what is wrong with a range that an App calls."""
    # A name is an App's, which says itself how far it goes.
    if callee.endPort is not None and isinstance(callee.port, int) and callee.endPort <= callee.port:
        yield (*at, "endPort"), f"no range: the first port is {callee.port}", "remove it, or name a higher port"


def check_app(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield the ranges that a mesh cannot narrow to callers: it sees TCP only, and its rules name ports one by one."""
    if platform.spec.mesh is None:
        return
    why, remedy = "the rules of a mesh name ports one by one", "declare each port by itself; over udp it may be a range"
    for name, port in app.spec.ports.items():
        if port.endPort is not None and port.l4 == "TCP":
            yield ("spec", "ports", name, "endPort"), why, remedy
    for index, callee in enumerate(app.spec.callees):
        inside = callee.app is not None or callee.pods is not None
        if callee.endPort is not None and inside and callee.protocol in {None, "tcp"}:
            yield ("spec", "to", index, "endPort"), why, remedy
