"""Compare what a mesh's policies grant with what a system's edges say: identities, ports, methods and paths, exactly.

`intent` compares which flows get through; this compares the mesh's rules by themselves, down to single requests.

May import: authorization, intent, mesh, grants, manifests, universe, system.model, value.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Any

from scaffold.reach import manifests as read
from scaffold.reach.authorization import Match
from scaffold.reach.grants import Caller, Grant, canonical, network, normalise
from scaffold.reach.intent import goes_past, meshed
from scaffold.reach.mesh import Admission
from scaffold.reach.universe import Universe
from scaffold.system.model import ANYTHING
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.authorization import Matches
    from scaffold.reach.mesh import Mesh
    from scaffold.reach.model import Pod
    from scaffold.system.model import Asked, Edge, Endpoint, System

_AGENT = "request.headers[user-agent]"


class Judgement(Value, frozen=True):
    """What one pod's policies grant beyond or below its edges, what nobody can judge, and its ports in plain text."""

    pod: Pod
    unexpected: frozenset[Grant]
    missing: frozenset[Grant]
    unjudged: tuple[str, ...]
    plaintext: frozenset[int]


def judge(system: System, manifests: Iterable[dict[str, Any]]) -> Iterator[Judgement]:
    """Yield a judgement for each pod of the bundle, where the Platform has a mesh."""
    objects = list(manifests)
    mesh = meshed(system, objects)
    if mesh is None:
        return
    pods = read.pods(objects)
    admission = Admission(Universe(pods, read.namespaces(objects), mesh.blocks), mesh)
    edges: dict[tuple[str, tuple[str, str]], list[Edge]] = defaultdict(list)
    for end, edge in _asked(system):
        # By the App's one label: the name of a Job is not its App's.
        [label] = end.labels
        edges[end.namespace, label].append(edge)
    for pod in pods:
        own = [edge for label in pod.labels for edge in edges.get((pod.namespace, label), ())]
        seen = [edge for edge in own if not goes_past(edge, pod)]
        wanted = normalise(grant for edge in seen for grant in _grants(edge, mesh, connections=pod.tunnelled))
        found = admission.grants(pod)
        plain = set() if pod.proxy else {edge.port for edge in own if not edge.source.account}
        ports = {port for _, first, last in admission.plaintext(pod) for port in _numbers(first, last, plain)}
        ports -= {*mesh.own}
        denied = tuple(f"a rule that denies {grant}" for grant in sorted(found.denied))
        unjudged = (*found.unjudged, *denied)
        yield Judgement(pod, found.allowed - wanted, wanted - found.allowed, unjudged, frozenset(ports ^ plain))


def _asked(system: System) -> Iterator[tuple[Endpoint, Edge]]:
    """Yield who is asked for what: pods, and in front of some of them the proxy, which is asked in their place."""
    for edge in system.flows:
        # Pods of Apps: those of a gateway for egress are asked for names, too, and `intent` judges them whole.
        own = edge.target.app and not edge.target.proxy
        if own and edge.ingress == "opened" and edge.protocol == "TCP" and not edge.of_the_node:
            yield edge.target, edge
    for edge in system.edges:
        if edge.ingress == "opened" and edge.through is not None:
            yield edge.through, edge


def _numbers(first: int, last: int, wanted: set[int]) -> set[int]:
    """Return the ports of a range: one by one where it is short, else those that were wanted and its ends."""
    ports = range(first, last + 1)
    return set(ports) if len(ports) <= len(wanted) + 1 else {first, last, *(port for port in wanted if port in ports)}


def _grants(edge: Edge, mesh: Mesh, *, connections: bool) -> Iterator[Grant]:
    # Who may ask for what is the gateway's to see to, where nothing at the pod looks into connections.
    for match in (ANYTHING,) if connections else edge.http:
        conditions = _conditions(match.asked)
        for port, method, path in product(edge.asked, match.methods or ("",), match.paths or ("",)):
            yield Grant(_caller(edge.source, mesh), ("TCP", port, port), method, path, conditions)


def _conditions(asked: Asked) -> Matches:
    """Return what a request has to show, as Istio's policies ask for it."""
    made = [
        *([Match("requestPrincipals", (f"{asked.issuer}/*",))] if asked.issuer else []),
        *([Match("request.auth.audiences", asked.audiences)] if asked.audiences else []),
        *(Match(f"request.auth.claims[{name}]", values) for name, values in asked.claims),
        *(Match(f"request.headers[{name}]", values) for name, values in asked.headers),
        *([Match("remoteIpBlocks", asked.addresses)] if asked.addresses else []),
    ]
    if asked.agents:  # what has none is none of those that are refused
        made += [Match(_AGENT, ("*",)), Match(_AGENT, asked.agents, negated=True)]
    return canonical(made)


def _caller(source: Endpoint, mesh: Mesh) -> Caller:
    if source.account:
        return Caller("principal", f"{mesh.trust_domain}/ns/{source.namespace}/sa/{source.account}")
    named = network(source.cidr, source.excepted) if source.cidr else ""
    return Caller("network" if mesh.by_address and named else "plaintext", named)
