"""Which port of a pod a question means: its own by number or name, or the one behind a Service's.

May import: question, model, reach, answers.walker (spelling), errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.answers.walker import nearest
from scaffold.documents.reading import quoted
from scaffold.errors import QuestionError
from scaffold.reach.model import ALL_PORTS, Pod

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.graph.question import End
    from scaffold.reach.model import Node, PortRange

_LAST = 65535


def resolved(end: End, targets: list[Node], objects: Iterable[dict[str, Any]]) -> tuple[list[PortRange], list[str]]:
    """Return the port ranges that a target's port means, and what to say about how.

    Args:
        end: the target as it was asked.
        targets: whom it means.
        objects: among which Services are looked for.

    Raises:
        QuestionError: there is no such port.
    """
    if not end.port:
        return [ALL_PORTS], []
    pod = targets[0] if isinstance(targets[0], Pod) else None
    own = {(name, protocol, number) for name, protocol, number in pod.ports} if pod else set()
    services = list(_behind(pod, objects)) if pod else []
    protocols = {end.protocol} if end.protocol else None
    if not end.port.isdecimal():
        return _by_name(end, own, services, protocols)
    number = int(end.port) if len(end.port) <= len(str(_LAST)) else 0
    if not 1 <= number <= _LAST:
        raise QuestionError(f"{quoted(end.port)} is no port: from 1 to {_LAST}")
    asked = end.protocol or next((protocol for _, protocol, one in sorted(own) if one == number), "TCP")
    if not any((protocol, one) == (asked, number) for _, protocol, one in own):
        for _, protocol, service, target in services:
            if (protocol, service) == (end.protocol or protocol, number) and target != service:
                said = f"the Service's port {service} leads to {target} of the pods, which is what policies judge"
                return [(protocol, target, target)], [said]
    return [(asked, number, number)], []


def _by_name(
    end: End,
    own: set[tuple[str, str, int]],
    services: list[tuple[str, str, int, int]],
    protocols: set[str] | None,
) -> tuple[list[PortRange], list[str]]:
    named = [(name, protocol, number) for name, protocol, number in own] + [
        (name, protocol, target) for name, protocol, _, target in services
    ]
    found = sorted({(p, number, number) for name, p, number in named if name == end.port and p in (protocols or {p})})
    if not found:
        names = sorted({name for name, _, _ in named if name})
        there = f"there is: {', '.join(names)}" if names else "name it by its number"
        raise QuestionError(f"{end.who} has no port {quoted(end.port)}{nearest(end.port, names)}\n    {there}")
    return list(found), []


def _behind(pod: Pod, objects: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, int, int]]:
    """Yield the ports of the Services that lead to a pod: name, protocol, port, and the pod's port."""
    labels = dict(pod.labels).items()
    for service in objects:
        spec = service.get("spec", {})
        if service["kind"] != "Service" or not spec.get("selector") or not spec["selector"].items() <= labels:
            continue
        if service["metadata"].get("namespace", "default") != pod.namespace:
            continue
        for port in spec.get("ports", ()):
            protocol, target = port.get("protocol", "TCP"), port.get("targetPort", port["port"])
            numbers = (
                [n for name, p, n in pod.ports if (name, p) == (target, protocol)]
                if isinstance(target, str)
                else [target]
            )
            for number in numbers:
                yield port.get("name", ""), protocol, port["port"], number
