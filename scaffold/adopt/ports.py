"""The ports of an App: what its containers list and its Services map, with names and protocols.

May import: draft, part, reach.model (types), errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from scaffold.adopt.part import Part
from scaffold.errors import Place

if TYPE_CHECKING:
    from scaffold.adopt.draft import Draft
    from scaffold.reach.model import PortRange

_NAME = re.compile(r"(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 15
_FIRST_FREE = 1024  # below it a process needs a right that none has
_LAST = 65535
# By the first part of a port's name or its appProtocol, as Istio and Kubernetes (KEP-3726) spell them.
_PROTOCOLS = {
    **dict.fromkeys(("http", "http2", "https", "ws", "web", "kubernetes.io/h2c", "kubernetes.io/ws"), "http"),
    **dict.fromkeys(("grpc", "grpc-web"), "grpc"),
}


class Opened(Struct):
    """A port of a pod: its number as it was written, of which container, its name as an answer, how it was `listed`.

    With `last` it is a range, which only policies tell of.
    """

    number: int
    l4: str
    place: Part | Place
    container: str = ""
    name: str = ""
    service: int | None = None
    protocol: str = ""
    listed: str = ""
    mapped: Part | None = None
    last: int = 0


def ports(draft: Draft) -> list[Opened]:
    """Read the ports of an App's containers and Services into its answers; each port is there once."""
    found: dict[tuple[int, str], Opened] = {}
    for container in _containers(draft):
        for port in container["ports"].items:
            _listed(port, container, found)
    for service in draft.services:
        for port in service.at("spec", "ports").items:
            _mapped(draft, port, found)
    probed = _probed(draft, found)
    taken: dict[str, Opened] = {}
    for one in found.values():
        protocol = one.protocol or probed.get((one.container, one.number), "")
        one.protocol = protocol if one.l4 == "TCP" else one.l4.lower()
        one.name = _named(one, taken)
        taken[one.name] = one
    for one in taken.values():
        _put(draft, one, {(other.number, other.l4) for other in taken.values()})
    return [*taken.values()]


def also(draft: Draft, opened: list[Opened], said: PortRange, place: Place) -> Opened:
    """Add a port, or a range of them, that no container lists, and a policy says of an App."""
    l4, number, last = said
    one = Opened(number, l4, place, draft.own["name"].text, "", None, "" if l4 == "TCP" else l4.lower())
    one.last = last if last > number else 0
    one.name = _named(one, {other.name: other for other in opened})
    opened.append(one)
    _put(draft, one, {(other.number, other.l4) for other in opened})
    return one


def _containers(draft: Draft) -> list[Part]:
    """Return the containers that stay: the App's own, others, and those before it that are restarted."""
    first = [one for one in draft.pod["initContainers"].items if one["restartPolicy"].text == "Always"]
    others = [one for one in draft.pod["containers"].items if one.steps != draft.own.steps]
    return [draft.own, *first, *others]


def _listed(port: Part, container: Part, found: dict[tuple[int, str], Opened]) -> None:
    number, l4 = port["containerPort"].number, port["protocol"].text or "TCP"
    if number is None:
        return
    if port["hostPort"]:
        why = "a port of the node: whoever reaches the node reaches the pod, past every rule on callers"
        port["hostPort"].leave(why, "let it be reached through a gateway or a load balancer: `from` of the App")
        port["hostIP"].take()
    one = Opened(number, l4, port["containerPort"], container["name"].text, port["name"].text)
    one.protocol, one.listed = _protocol("", one.name), one.name
    found.setdefault((number, l4), one)


def _mapped(draft: Draft, port: Part, found: dict[tuple[int, str], Opened]) -> None:
    """Read a port of a Service: where it leads to, by number or by the name of a container's port."""
    number, l4, name = port["port"].number, port["protocol"].text or "TCP", port["name"].text
    target = port["targetPort"]
    if number is None:
        return
    if isinstance(target.value, str) and not target.value.isdecimal():
        one = next((own for own in found.values() if (own.listed, own.l4) == (target.text, l4)), None)
        if one is None:
            target.leave(f"no container has a port {target.text}: it leads nowhere", "mend the source")
            return
    else:
        target.take()
        leads = int(target.text) if target.text.isdecimal() and len(target.text) <= len(str(_LAST)) else number
        one = found.setdefault((leads, l4), Opened(leads, l4, target or port["port"], draft.own["name"].text, name))
    one.name = one.name or name
    one.protocol = _protocol(port["appProtocol"].text, name) or one.protocol
    if one.service not in {None, number}:
        why = f"the pod's port {one.number} is {one.service} of a Service already: an App maps a port once"
        port.leave(why, f"let callers use {one.service}")
        return
    one.service, one.mapped = number, port["port"]
    if port["nodePort"]:
        port["nodePort"].take()


def _protocol(said: str, name: str) -> str:
    """Return the protocol that is said, or that a port's name begins with."""
    whole = _PROTOCOLS.get(said.lower()) or _PROTOCOLS.get(name.lower())
    return whole or _PROTOCOLS.get(name.lower().split("-")[0], "")


def _probed(draft: Draft, found: dict[tuple[int, str], Opened]) -> dict[tuple[str, int], str]:
    """Return the ports that are asked for HTTP or gRPC, by container and number; one that is not listed is added."""
    made: dict[tuple[str, int], str] = {}
    for container in _containers(draft):
        name = container["name"].text
        for key in ("readinessProbe", "livenessProbe", "startupProbe"):
            for kind, protocol in (("httpGet", "http"), ("grpc", "grpc"), ("tcpSocket", "")):
                text = str(container[key].value.get(kind, {}).get("port", "")) if _asks(container[key], kind) else ""
                one = next((own for own in found.values() if text and text in {own.listed, str(own.number)}), None)
                if one is None and text.isdecimal() and 0 < int(text[:6]) <= _LAST:
                    number = int(text)
                    one = found.setdefault(
                        (number, "TCP"), Opened(number, "TCP", container.at(key, kind, "port"), name)
                    )
                if one is not None and protocol:
                    made[name, one.number] = protocol
    return made


def _asks(probe: Part, kind: str) -> bool:
    return isinstance(probe.value, dict) and isinstance(probe.value.get(kind), dict)


def _named(one: Opened, taken: dict[str, Opened]) -> str:
    """Return a name that an answer may have and no other port has."""
    wanted = one.name if _NAME.fullmatch(one.name) and len(one.name) <= _LONGEST else ""
    for name in (wanted, one.protocol, f"{one.protocol or 'tcp'}-{one.number}", f"{one.l4.lower()}-{one.number}"):
        if name and name not in taken:
            return name
    return next(f"p{one.number}-{number}" for number in range(len(taken) + 1) if f"p{one.number}-{number}" not in taken)


def _put(draft: Draft, one: Opened, taken: set[tuple[int, str]]) -> None:
    """Put a port into the answers; one that no process without rights can listen on is another, which is left."""
    number = one.number
    if number < _FIRST_FREE:
        number = unprivileged(number, {other for other, l4 in taken if l4 == one.l4})
        why = f"port {one.number}: a process without privileges cannot listen below {_FIRST_FREE}"
        remedy = f"make it listen on {number}, as the App now says; its Service keeps {one.service or one.number}"
        draft.leave(one.place, why, remedy)
        one.service = one.service or one.number
    draft.put(("ports", one.name, "port"), number, one.place)
    if one.last:
        draft.put(("ports", one.name, "endPort"), one.last, one.place)
    if one.service is not None and one.service != number:
        draft.put(("ports", one.name, "service"), one.service, one.mapped or one.place)
    if one.protocol:
        draft.put(("ports", one.name, "protocol"), one.protocol, one.place)
    if isinstance(one.place, Part):
        one.place.take()


def unprivileged(number: int, taken: set[int]) -> int:
    """Return a port from 1024 that nobody has: 80 is 8080, 443 is 8443, as most images have it."""
    usual = [start + number for start in (8000, 9000, 10000)]
    return min((one for one in usual if one not in taken), default=max(taken) + 1)
