"""Where a mesh lets callers in: at each sidecar, by ztunnel at each pod, and at each address of a waypoint.

For each, three answers to one question: what istiod's configuration says, what our own evaluation says of the same
objects, and what was declared.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeAlias

from conformance.istio import cluster
from conformance.istio.calls import POD, Entrance, granted, is_among
from conformance.istio.cluster import Talk, Value
from conformance.istio.envoy import Sidecar, Waypoint
from conformance.istio.rbac import Call
from conformance.istio.ztunnel import Ztunnel

from scaffold.answers.schema import App
from scaffold.labels import selector
from scaffold.reach import manifests as read
from scaffold.reach.intent import meshed
from scaffold.reach.mesh import Admission
from scaffold.reach.model import Node, Pod
from scaffold.reach.universe import Universe
from scaffold.system.model import Edge, Endpoint, System

Who: TypeAlias = tuple[str, str]
"""What a caller's certificate says, and its address."""


@dataclass(frozen=True)
class Door:
    """One place: whom istiod lets in (`theirs`), whom our own evaluation (`ours`), and who is declared (`entrance`).

    `opens` are the ports that our evaluation says somebody may open, for whatever request; `plain` says of a port
    whether a connection without a certificate is taken, by istiod and by our evaluation.
    """

    name: str
    entrance: Entrance
    calls: tuple[Call, ...]
    theirs: Callable[[Call], bool]
    ours: Callable[[Call], bool]
    opens: Callable[[Who, int], bool]
    plain: tuple[Callable[[int], bool], Callable[[int], bool]] | None = None


class Cluster:
    """What istiod says of some objects, and what our own evaluation says of them."""

    def __init__(self, system: System, objects: list[Value], talk: Talk) -> None:
        """Ask istiod about the objects that are rendered for a system, or about a twin of them."""
        mesh: Any = system.platform.spec.mesh
        self._system, self._objects = system, objects
        self._ambient, self._domain = mesh.judgedBy == cluster.AMBIENT, mesh.trustDomain
        self._issuers = {one.issuer: tuple(one.audiences) for one in system.platform.spec.issuers.values()}
        there = cluster.applied(objects, talk)
        self._addresses = cluster.Addresses(there)
        self._told = json.loads(talk("inbound")(cluster.question(there, self._addresses, mesh)))
        self._pods = {str(pod): pod for pod in read.pods(objects)}

    def doors(self) -> Iterator[Door]:
        """Yield each door of each App."""
        node = Ztunnel(self._told) if self._ambient else None
        for member in self._system.members:
            [pod] = [one for one in self._pods.values() if _is_of(one, member.app)]
            edges = tuple(edge for edge in self._system.edges if _leads_to(edge, member.app.key))
            ports = [port.port for port in member.app.spec.ports.values() if port.protocol not in {"udp", "sctp"}]
            if node is None:
                yield self._sidecar(pod, edges, ports)
            else:
                yield self._node(node, pod, edges, ports)
                yield from self._proxied(pod, tuple(edge for edge in edges if edge.through is not None))

    def outbound(self, pod: str) -> list[str]:
        """Return the names of the listeners and clusters by which a sidecar sends."""
        return list(self._told["Proxies"][pod]["Outbound"])

    def _admission(self, calls: Iterable[Call]) -> tuple[Admission, dict[Who, Node]]:
        """Return our own evaluation, with who calls as pods and addresses that it knows."""
        mesh = meshed(self._system, self._objects)
        assert mesh is not None
        callers = {(call.identity, call.address) for call in calls}
        pods = {who: _pod(*who) for who in callers if who[0] or who[1] == POD}
        networks = {who: f"{who[1]}/{128 if ':' in who[1] else 32}" for who in callers if who not in pods}
        known = mesh.blocks | {*networks.values()}
        universe = Universe([*self._pods.values(), *pods.values()], read.namespaces(self._objects), known)
        nets = {who: next(iter(universe.nets_in(text, ()))) for who, text in networks.items()}
        return Admission(universe, mesh), {**pods, **nets}

    def _sidecar(self, pod: Pod, edges: tuple[Edge, ...], ports: list[int]) -> Door:
        sidecar = Sidecar(self._told["Proxies"][f"{pod.name}.{pod.namespace}"])
        entrance = Entrance(edges, self._domain, self._issuers)
        calls = tuple(entrance.calls(ports, pod.namespace))
        return self._door(f"the sidecar of {pod}", entrance, calls, pod, (sidecar.admits, sidecar.takes_plaintext))

    def _node(self, node: Ztunnel, pod: Pod, edges: tuple[Edge, ...], ports: list[int]) -> Door:
        entrance = Entrance(edges, self._domain, self._issuers, requests=False)
        calls = tuple(entrance.calls(ports, pod.namespace))

        def admits(call: Call) -> bool:
            # Of which trust domain a certificate is, its handshake tells, and no policy.
            return not node.captures(str(pod)) or (self._is_known(call) and node.admits(str(pod), call))

        asked = (admits, lambda port: node.takes_plaintext(str(pod), port))
        return self._door(f"ztunnel at {pod}", entrance, calls, pod, asked)

    def _door(
        self,
        name: str,
        entrance: Entrance,
        calls: tuple[Call, ...],
        pod: Pod,
        theirs: tuple[Callable[[Call], bool], Callable[[int], bool]],
    ) -> Door:
        """Return what our own evaluation says beside what istiod does; outside the mesh nothing is enforced."""
        admission, nodes = self._admission(calls)
        grants, plain = admission.grants(pod), admission.plaintext(pod)
        admits, takes = theirs
        return Door(
            name,
            entrance,
            calls,
            cache(admits),  # asked for each comparison
            lambda call: not pod.account or (self._is_known(call) and granted(grants, plain, call)),
            lambda who, port: is_among(port, admission.admitted(nodes[who], pod)),
            (takes, lambda port: is_among(port, plain)),
        )

    def _proxied(self, pod: Pod, edges: tuple[Edge, ...]) -> Iterator[Door]:
        """Yield the doors of a pod's waypoint: the pod's own address, and those of its Services."""
        if not edges:
            return
        [proxy] = [one for one in self._pods.values() if one.proxy and _is_end(one, edges[0].through)]
        entrance = Entrance(edges, self._domain, self._issuers, served=True)
        waypoint, every = (
            Waypoint(self._told["Proxies"][f"{proxy.name}.{proxy.namespace}"]),
            entrance.calls([], pod.namespace),
        )
        admission, nodes = self._admission(every)
        served: dict[str, set[int]] = defaultdict(set)
        for one in meshed(self._system, self._objects).services:  # type: ignore[union-attr]  in a mesh
            if one.through == str(proxy):
                served[f"{one.namespace}/{one.name}"].add(one.port)
        grants = admission.grants(proxy)
        for name in ("", *sorted(served)):
            address = self._addresses.services[name] if name else self._addresses.pods[str(pod)]
            gate = admission.relays.gate(proxy, name.partition("/")[2])
            yield Door(
                f"the waypoint of {pod} at {name or 'its pods'}",
                entrance,
                tuple(call for call in every if not name or call.port in served[name]),
                cache(partial(waypoint.admits, address)),
                lambda call: bool(call.identity) and entrance.trusts(call) and granted(grants, [], call),
                lambda who, port, gate=gate: is_among(port, gate.admitted(nodes[who])),
            )

    def _is_known(self, call: Call) -> bool:
        return not call.identity or call.identity.startswith(f"spiffe://{self._domain}/")


def _is_of(pod: Pod, app: App) -> bool:
    """Tell whether pods are an App's: a Job has a name of its own."""
    return pod.namespace == app.namespace and {*selector(app.name).items()} <= {*pod.labels}


def _is_end(pod: Pod, end: Endpoint | None) -> bool:
    return end is not None and (pod.namespace, pod.account) == (end.namespace, end.account)


def _leads_to(edge: Edge, key: str) -> bool:
    """Tell whether an edge is one that a mesh sees at an App, and that is open."""
    ours = edge.target.app == key and not edge.target.proxy and edge.ingress == "opened"
    return ours and edge.in_force and edge.protocol == "TCP" and not edge.of_the_node


def _pod(identity: str, address: str) -> Pod:
    """Return a caller that is a pod: of another trust domain it is none of the mesh's."""
    if not identity:
        return Pod("elsewhere", f"without an identity at {address}")
    parts = identity.split("/")
    return Pod(parts[4], f"{identity} at {address}", account=parts[6])


def disagreements(doors: Iterable[Door]) -> list[tuple[Any, ...]]:
    """Return where istiod and our own evaluation differ: about each call, and about each port that somebody may open."""
    return [
        found
        for door in doors
        for found in (*_differences(door, door.ours, door.plain and door.plain[1]), *_ports(door))
    ]


def undeclared(doors: Iterable[Door]) -> list[tuple[Any, ...]]:
    """Return where istiod's configuration is not what was declared."""
    return [
        found
        for door in doors
        for found in _differences(door, door.entrance.declares, door.entrance.plain().__contains__)
    ]


def _differences(
    door: Door, meant: Callable[[Call], bool], plain: Callable[[int], bool] | None
) -> Iterator[tuple[Any, ...]]:
    for call in door.calls:
        theirs, own = door.theirs(call), meant(call)
        if theirs > own or (theirs < own and not door.entrance.is_void(call)):
            yield door.name, "istiod lets in" if theirs else "istiod keeps out", call
    if door.plain is not None and plain is not None:
        for port in sorted({call.port for call in door.calls}):
            if door.plain[0](port) != plain(port):
                yield door.name, "plain text", port, door.plain[0](port)


def _ports(door: Door) -> Iterator[tuple[Any, ...]]:
    """Yield where somebody may open a port by one of both alone; whose address decides may be any pod."""
    found: dict[tuple[Who, int], bool] = defaultdict(bool)
    for call in door.calls:
        if not call.identity or door.entrance.trusts(call):
            found[(call.identity, call.address), call.port] |= door.theirs(call)
    for (who, port), theirs in found.items():
        own = door.opens(who, port)
        if theirs > own or (theirs < own and who != ("", POD)):
            yield door.name, "istiod opens" if theirs else "istiod shuts", who, port
