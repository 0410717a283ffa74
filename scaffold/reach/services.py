"""Which ports of pods their Services declare not to carry HTTP, as Istio reads a Service's ports.

By `appProtocol`, else by the first part of the port's name (pkg/config/kube and pkg/config/protocol of istio/istio). A
port that says nothing, or is behind no Service, is sniffed: it may carry HTTP.

May import: universe, manifests, model, waypoint, value.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from scaffold.reach import manifests as read
from scaffold.reach import waypoint
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.reach.model import Pod, PortRange, Selector
    from scaffold.reach.universe import Universe

_OPAQUE = frozenset(("https", "mongo", "mysql", "redis", "tcp", "tls"))


class ServicePort(Value, frozen=True):
    """One TCP port of a Service: where it leads to (a number, or a port's name), and whether it carries no HTTP.

    `through` is the proxy (`namespace/name`) through which a mesh without sidecars leads what is sent to it.
    """

    namespace: str
    pods: Selector
    target: int | str
    opaque: bool
    name: str = ""
    port: int = 0
    through: str = ""


def ports(manifests: Iterable[dict[str, Any]]) -> list[ServicePort]:
    """Return the TCP ports of the Services that select pods."""
    objects = list(manifests)
    spaces = read.namespaces(objects)
    return [
        ServicePort(
            (service.get("metadata") or {}).get("namespace", "default"),
            read.selector({"matchLabels": service["spec"]["selector"]}),
            port.get("targetPort") or port["port"],
            str(port.get("appProtocol") or str(port.get("name", "")).split("-")[0]).lower() in _OPAQUE,
            str((service.get("metadata") or {}).get("name", "")),
            int(port["port"]),
            _through(service, spaces),
        )
        for service in objects
        if service.get("kind") == "Service" and (service.get("spec") or {}).get("selector")
        for port in service["spec"].get("ports") or ()
        if port.get("protocol", "TCP") == "TCP"
    ]


def _through(service: dict[str, Any], spaces: Mapping[str, Mapping[str, str]]) -> str:
    space = (service.get("metadata") or {}).get("namespace", "default")
    return waypoint.used(service, space, spaces.get(space, {}))


def opaque(services: Iterable[ServicePort], universe: Universe) -> dict[Pod, list[PortRange]]:
    """Return the ports of pods that carry no HTTP by the word of every Service that leads to them."""
    said: dict[tuple[Pod, int], bool] = {}
    for service in services:
        for pod in universe.inside(service.namespace, service.pods):
            for number in numbers(service.target, pod):
                said[pod, number] = said.get((pod, number), True) and service.opaque
    made: dict[Pod, list[PortRange]] = defaultdict(list)
    for (pod, number), closed in said.items():
        if closed:
            made[pod].append(("TCP", number, number))
    return made


def numbers(target: int | str, pod: Pod) -> list[int]:
    """Return the numbers of the port of a pod to which a Service leads."""
    if isinstance(target, int):
        return [target]
    return [number for name, protocol, number in pod.ports if (name, protocol) == (target, "TCP")]
