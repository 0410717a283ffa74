"""A service's ports: those that are published on the host, and those that others in the project reach.

Source: the Compose specification (ports, expose).

May import: interpolation, nodes, model, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.errors import Problem
from scaffold.evidence.composed.interpolation import interpolated
from scaffold.evidence.model import Port
from scaffold.evidence.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.model import Fact
    from scaffold.evidence.nodes import Node

_HIGHEST = 65535
_SHORT = re.compile(
    r"(?:(?P<host>\[[^\]]*\]|[^:]*):)??(?:(?P<published>[0-9-]*):)?(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?"
    r"(?:/(?P<protocol>tcp|udp|sctp))?",
    re.IGNORECASE,
)
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")
_SPOKEN = {"http": "http", "http2": "http", "grpc": "grpc", "grpc-web": "grpc"}


def ports(service: Node) -> Iterator[Fact]:
    """Yield the ports of a service, and what is said of those that are published for everybody."""
    published: Node | None = None
    given = service.get("ports")
    for entry in given.items() if given else ():
        found, everybody = _long(entry) if isinstance(entry.value, dict) else _short(entry)
        published = published or (entry if everybody else None)
        yield found or _no_port(entry)
    exposed = service.get("expose")
    for entry in exposed.items() if exposed else ():
        yield _short(entry)[0] or _no_port(entry)
    if published is not None:
        why = "a port is published on the host: here nobody outside reaches it"
        remedy = "say who may under spec.from: {gateway, host, port}, or {cidr, port}"
        yield Problem(published.place, why, remedy)


def _short(entry: Node) -> tuple[Port | None, bool]:
    """Return the container's port of `[[IP:]PUBLISHED:]PORT[/PROTOCOL]`, and whether everybody reaches it."""
    try:
        text = interpolated(entry.text)
    except Unknown:
        # What is published may be anything: the container's port stands last.
        text = entry.text.rpartition(":")[2]
    found = _SHORT.fullmatch(text)
    if found is None:
        return None, False
    everybody = bool(entry.text.count(":")) and not text.startswith(_LOOPBACK)
    return _port(entry, (found["first"], found["last"]), found["protocol"]), everybody


def _long(entry: Node) -> tuple[Port | None, bool]:
    target, protocol, name = (entry.get(key) for key in ("target", "protocol", "name"))
    spoken, host = entry.get("app_protocol"), entry.get("host_ip")
    if target is None:
        return None, False
    made = _port(target, (target.text, None), protocol.text if protocol else None, name.text if name else "")
    everybody = entry.get("published") is not None and not (host and host.text.startswith(_LOOPBACK))
    if made is None or spoken is None:
        return made, everybody
    asked = _SPOKEN.get(spoken.text.lower(), "")
    return Port(made.place, made.number, protocol=made.protocol or asked, name=made.name), everybody


def _port(at: Node, numbers: tuple[str, str | None], protocol: str | None, name: str = "") -> Port | None:
    first, last = numbers[0], numbers[1] or numbers[0]
    if not (first.isascii() and first.isdigit() and 1 <= int(first) <= int(last) <= _HIGHEST):
        return None
    spoken = (protocol or "tcp").lower()
    if spoken not in {"tcp", "udp", "sctp"}:
        return None
    return Port(
        at.place, int(first), int(last) if last != first else 0, "" if spoken == "tcp" else spoken, name.lower()
    )


def _no_port(entry: Node) -> Problem:
    why = "a port that is known when it is started, at the earliest, or none at all"
    return Problem(entry.place, why, "declare it under spec.ports")
