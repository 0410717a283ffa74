"""What the proxies of a mesh let through to the pods for which they stand, by their own policies.

A pod is reached through the one that it uses itself, by its address, and through those of its Services, by their ports.
A policy that is attached to a Service holds for that alone; one that is attached to the proxy holds for all.

May import: authorization, callers, evaluate, gate, model, peer_authentication, services, universe, waypoint.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scaffold.reach import waypoint
from scaffold.reach.authorization import ALL_TCP
from scaffold.reach.gate import Gate
from scaffold.reach.peer_authentication import STRICT
from scaffold.reach.ranges import intersect, merge
from scaffold.reach.services import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.authorization import AuthorizationPolicy
    from scaffold.reach.callers import Callers
    from scaffold.reach.mesh import Mesh
    from scaffold.reach.model import Node, Pod, PortRange
    from scaffold.reach.services import ServicePort
    from scaffold.reach.universe import Universe


class Relays:
    """The proxies of a universe, and whom they stand for."""

    def __init__(self, universe: Universe, mesh: Mesh, callers: Callers) -> None:
        self._callers = callers
        self._root = mesh.root
        self._policies = [policy for policy in mesh.policies if policy.targets]
        self._gates: dict[tuple[Pod, str], Gate] = {}
        self._of: dict[Pod, dict[Pod, list[ServicePort]]] = defaultdict(dict)
        self._behind: dict[Pod, list[Pod]] = defaultdict(list)
        proxies = {str(pod): pod for pod in universe.pods if pod.proxy}
        for pod in universe.pods if proxies else ():
            if pod.through in proxies:
                self._of[pod].setdefault(proxies[pod.through], [])
        for service in mesh.services if proxies else ():
            for pod in universe.inside(service.namespace, service.pods) if service.through in proxies else ():
                if pod.tunnelled:
                    self._of[pod].setdefault(proxies[service.through], []).append(service)
        for pod, several in self._of.items():
            for proxy in several:
                self._behind[proxy].append(pod)

    def of(self, target: Pod) -> list[Pod]:
        """Return the proxies through which a pod may be reached."""
        return list(self._of.get(target, ()))

    def behind(self, proxy: Pod) -> list[Pod]:
        """Return the pods for which a proxy stands."""
        return self._behind.get(proxy, [])

    def lets(self, source: Node, proxy: Pod, target: Pod) -> list[PortRange]:
        """Return the ports of a pod which a proxy lets a node ask for, as far as it is concerned."""
        found: list[PortRange] = []
        if proxy.proxy == "all" and target.through == str(proxy):
            found += intersect(self.gate(proxy).admitted(source), [ALL_TCP])
        for service in self._of.get(target, {}).get(proxy, ()):
            if intersect(self.gate(proxy, service.name).admitted(source), [("TCP", service.port, service.port)]):
                found += [("TCP", number, number) for number in numbers(service.target, target)]
        return merge(found)

    def apart(self, proxy: Pod, target: Pod) -> list[frozenset[Node]]:
        """Return the callers whom the policies at a proxy tell apart, for one pod behind it."""
        names = ["", *(service.name for service in self._of.get(target, {}).get(proxy, ()))]
        return [nodes for name in dict.fromkeys(names) for nodes in self.gate(proxy, name).named()]

    def attached(self, proxy: Pod, service: str = "", kind: str = "Service") -> list[AuthorizationPolicy]:
        """Return the policies at a proxy: for every request, or also those for what is sent to one Service.

        Or, by its kind, to one ServiceEntry of the proxy's own namespace.
        """
        own = {("Gateway", proxy.name), *([(kind, service)] if service else [])}
        for_all = ("GatewayClass", waypoint.CLASS)
        return [
            policy
            for policy in self._policies
            if (policy.namespace == proxy.namespace and not own.isdisjoint(policy.targets))
            or (policy.namespace == self._root and for_all in policy.targets)
        ]

    def gate(self, proxy: Pod, service: str = "") -> Gate:
        """Return what decides at a proxy, which always wants a certificate."""
        if (proxy, service) not in self._gates:
            self._gates[proxy, service] = self.gate_of(self.attached(proxy, service))
        return self._gates[proxy, service]

    def gate_of(self, policies: Iterable[AuthorizationPolicy]) -> Gate:
        """Return what decides at a proxy as if only these policies were attached to it."""
        return Gate(self._callers, policies, [], {STRICT: [ALL_TCP]}, ())
