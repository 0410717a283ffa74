"""Compare what policies allow with what a system's edges say: exactly the edges, strangers included.

May import: system.model, system.resolvers, networks, value, and of reach what it compares with.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Any

from scaffold.labels import selector
from scaffold.networks import NEVER_OPENED, PRIVATE, lies_in
from scaffold.reach import cluster_policy, egress, egress_waypoint, linkerd, plugins
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, Flow, blocks, names
from scaffold.reach.mesh import Admission, read_mesh
from scaffold.reach.model import Name, Node, Pod
from scaffold.reach.ranges import merge
from scaffold.reach.universe import Universe
from scaffold.system.requests import requests
from scaffold.system.resolvers import resolvers
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scaffold.reach.mesh import Mesh
    from scaffold.reach.model import Policy, PortRange
    from scaffold.system.model import Edge, Endpoint, System

# A namespace that nobody declared: pods in it are what an open namespace selector lets in.
ELSEWHERE = "*elsewhere*"  # no legal name, so that nobody's namespace is taken for it
# What a mesh's blueprint says whose its policies are: the only ones that are judged here.
ISTIO = ("istio-sidecar", "istio-ambient")
LINKERD = "linkerd"
STRANGER = "*stranger*"


class Difference(Value, frozen=True):
    """Flows that policies allow but nobody meant, and flows that are meant but shut; `where` says who allows them."""

    where: str
    unexpected: frozenset[Flow]
    missing: frozenset[Flow]


def compare(system: System, manifests: Iterable[dict[str, Any]]) -> tuple[Difference, ...]:
    """Evaluate rendered manifests against the system that they were rendered from.

    Each half is compared by itself, since the other end may not be there yet or may belong to somebody else; and the
    flows that both ends allow together, in a mesh those that its policies admit, too. The halves that lie with others
    are taken as open.

    Args:
        system: the edges that are meant.
        manifests: every parsed object that is applied.
    """
    objects = list(manifests)
    kept = egress.pods(system)
    ours, others = [*read.pods(objects), *kept], [pod for pod in foreign(system) if pod not in kept]
    policies, mesh = enforced(system, objects), meshed(system, objects)
    known = blocks(policies) | named_networks(system) | (mesh.blocks if mesh else set())
    pods, namespaces = [*ours, *others, *strangers(system)], read.namespaces(objects)
    called = names(policies) | named_hosts(system)
    universe = Universe(pods, namespaces, known, called)
    evaluation = Evaluation(universe, policies, exempt=others)
    expected = Expected(universe)
    sides = (
        _difference(
            "egress", _halves(evaluation, ours, "egress"), expected, lambda edge: edge.egress == "opened", system
        ),
        _difference(
            "ingress", _halves(evaluation, ours, "ingress"), expected, lambda edge: edge.ingress == "opened", system
        ),
    )
    if mesh is None:
        return (*sides, _both(evaluation, expected, ours, system))
    # With pods that look like a caller by half trying, too. Who looks like others' pods has their halves: with others.
    half = [*impostors(system)]
    everybody = Universe([*pods, *(pod for _, pod in half)], namespaces, known, called)
    others += [pod for end, pod in half if not end.app and pod not in kept]
    admission = Admission(everybody, mesh)
    evaluation = Evaluation(everybody, policies, exempt=others, layer=admission)
    meshed_ = _both(evaluation, Expected(everybody, identities=True), ours, system, "both ends and the mesh")
    connecting = Evaluation(everybody, policies, exempt=others)
    return (*sides, meshed_, *_passed(system, objects, admission, connecting))


def _passed(
    system: System, manifests: list[dict[str, Any]], admission: Admission, evaluation: Evaluation
) -> Iterator[Difference]:
    """Yield the difference at the gateway for egress, if there is one: hosts that somebody reaches through it."""
    relay, edges = egress.relay_of(system), [edge for edge in system.edges if edge.egress == "relayed"]
    if relay is None or not edges:
        return
    known = {(edge.source.namespace, edge.source.account) for edge in edges}
    flows = Expected(evaluation.universe).flows(edges)
    meant = {one for one in flows if isinstance(one[0], Pod) and (one[0].namespace, one[0].account) in known}
    passed = egress_waypoint.passed if relay.pod.proxy else egress.passed
    let, arrived = passed(manifests, relay, admission, evaluation.flows([relay.pod]), meant)
    yield Difference("the gateway for egress", frozenset(let - meant), frozenset(meant - arrived))


def _both(
    evaluation: Evaluation, expected: Expected, ours: list[Pod], system: System, where: str = "both ends"
) -> Difference:
    """Compare the flows that begin or end at our pods, as far as both ends allow them."""
    have, among = evaluation.flows(ours), frozenset(ours)
    # Where nothing is known of a mesh, nothing is known of what its proxies pass on; nor of those of others.
    edges = {*system.flows, *(edge for edge in system.edges if expected.identities and edge.target.app)}
    want = expected.flows(edge for edge in edges if edge.in_force and edge.is_ours and edge.egress != "relayed")
    meant = frozenset(flow for flow in want if not among.isdisjoint(flow[:2]))
    return Difference(where, frozenset(have) - meant, meant - frozenset(have))


def meshed(system: System, manifests: list[dict[str, Any]]) -> Mesh | None:
    """Return the policies of the system's mesh; None where its Platform has none."""
    mesh: Any = system.platform.spec.mesh
    judge = getattr(mesh, "judgedBy", "")
    networks = system.platform.spec.clusterNetworks or map(str, PRIVATE)
    if judge == LINKERD:
        return linkerd.read_mesh(manifests, networks)
    return read_mesh(manifests, mesh.trustDomain, mesh.namespace, networks) if judge in ISTIO else None


def enforced(system: System, manifests: list[dict[str, Any]]) -> list[Policy]:
    """Return what the network plugin of a Platform enforces: NetworkPolicies, cluster-wide ones, and its own."""
    judge = plugins.JUDGES.get(judged_by(system))
    own = judge.policies(manifests) if judge else ()
    return [*read.policies(manifests), *cluster_policy.policies(manifests), *own]


def judged_by(system: System) -> str:
    """Return by whose rules the policies of a system's network plugin are judged; nothing where it has none."""
    return getattr(system.platform.spec.network, "judgedBy", "")


def impostors(system: System) -> Iterator[tuple[Endpoint, Pod]]:
    """Yield pods that look like an end of an edge by half: its labels without its identity, and its identity alone."""
    tunnelled = any(edge.carried for edge in system.edges)
    for end in _ends(system):
        name = f"{STRANGER} labelled {_text(end)}"
        yield end, Pod(end.namespace, name, end.labels, account=STRANGER, tunnelled=tunnelled)
        if end.account:
            yield end, Pod(end.namespace, f"{name} outside the mesh", end.labels)
            yield end, Pod(end.namespace, f"{STRANGER} as {end.account}", account=end.account, tunnelled=tunnelled)


def _ends(system: System) -> list[Endpoint]:
    """Return the ends of edges that are pods, sorted."""
    return sorted({end for edge in system.flows for end in (edge.source, edge.target) if end.namespace})


def _text(end: Endpoint) -> str:
    return ",".join(f"{key}={value}" for key, value in end.labels)


def compare_requests(system: System, manifests: Iterable[dict[str, Any]]) -> tuple[Difference, ...]:
    """Evaluate the requests by themselves: the halves that they would open are exactly those that are asked for.

    Args:
        system: the edges that are meant.
        manifests: every parsed object under requests/.
    """
    known = [Pod(end.namespace, _text(end), end.labels) for end, _ in resolvers(system.platform.spec.dns) if end.labels]
    ours = [Pod(m.app.namespace, m.app.name, tuple(selector(m.app.name).items())) for m in system.members]
    ours += [Pod(end.namespace, _text(end), end.labels) for end in _ends(system) if end.proxy]
    others = foreign(system)
    policies = read.policies(manifests)
    networks = blocks(policies) | named_networks(system)
    universe = Universe([*ours, *others, *known, *strangers(system)], {}, networks, named_hosts(system))
    evaluation, expected = Evaluation(universe, policies), Expected(universe)
    asked = requests(system)
    made = []
    for direction in ("egress", "ingress"):
        # The half at the source is what is asked for; beyond a proxy all is its owner's.
        edges = {edge.hops[0] for request in asked if request.direction == direction for edge in request.edges}
        isolated = [pod for pod in universe.pods if evaluation.isolated(pod, direction)]
        have = {flow for flow in _halves(evaluation, isolated, direction) if not _resolves(flow, system)}
        made.append(_difference(f"requests for {direction}", have, expected, edges.__contains__, system))
    return tuple(made)


def _resolves(flow: Flow, system: System) -> bool:
    """Tell whether a flow only resolves names, which every request for egress lets its pods do."""
    _, target, (_, first, last) = flow
    if isinstance(target, Name):
        return False
    return any(
        first == last == port
        and (
            (target.namespace == end.namespace and set(end.labels) <= set(target.labels))
            if isinstance(target, Pod)
            else bool(end.cidr) and lies_in(target.sample, end.cidr)
        )
        for end, port in resolvers(system.platform.spec.dns)
    )


def _halves(evaluation: Evaluation, pods: Iterable[Pod], direction: str) -> set[Flow]:
    return {flow for pod in pods for flow in evaluation.halves(pod, direction)}


def _difference(
    where: str, have: set[Flow], expected: Expected, meant: Callable[[Edge], bool], system: System
) -> Difference:
    want = expected.flows(edge for edge in system.flows if meant(edge))
    return Difference(where, frozenset(have - want), frozenset(want - have))


def foreign(system: System) -> list[Pod]:
    """Return the pods of the system's edges that no given App owns."""
    ends = [end for end in _ends(system) if not end.app and end != system.gateway]
    return [*egress.pods(system), *(Pod(end.namespace, _text(end), end.labels, account=end.account) for end in ends)]


def strangers(system: System) -> list[Pod]:
    """Return pods that nobody meant: an unlabelled one in each namespace, and one of each kind in an undeclared one.

    An unlabelled pod catches an open pod selector. Only a pod elsewhere catches an open namespace selector, and only
    one with the right labels catches it where the pod selector is strict.
    """
    ends = _ends(system)
    spaces = sorted({end.namespace for end in ends} | set(system.namespaces))
    labels = sorted({end.labels for end in ends} | {()})
    return [Pod(space, STRANGER) for space in spaces] + [
        Pod(ELSEWHERE, f"{STRANGER} {dict(kind)}", kind) for kind in labels
    ]


class Expected:
    """The flows that edges mean, over the nodes of an evaluation."""

    def __init__(self, universe: Universe, *, identities: bool = False) -> None:
        """Index the nodes; with `identities`, a source has to have the account of its edge, too."""
        self._universe = universe
        self.identities = identities
        self._by_label: dict[tuple[str, tuple[str, str]], list[Pod]] = defaultdict(list)
        for pod in universe.pods:
            for label in pod.labels:
                self._by_label[pod.namespace, label].append(pod)

    def flows(self, edges: Iterable[Edge]) -> set[Flow]:
        """Return the flows of edges, ports merged as the evaluation merges them."""
        ports: dict[tuple[Node, Node], set[PortRange]] = defaultdict(set)
        for edge in edges:
            # Who asks is known to the mesh only where pods of ours are asked over TCP.
            known = self.identities and edge.ingress == "opened" and edge.protocol == "TCP"
            for source, target in product(self.nodes(edge.source), self.nodes(edge.target)):
                past = isinstance(target, Pod) and goes_past(edge, target)
                if known and not past and not _is_meant(source, target, edge):
                    continue
                # What comes by a tunnel is for its ports where the mesh sees to it: at pods of ours that are in it.
                told = known and isinstance(target, Pod) and target.account
                first, last = (edge.port, edge.last) if told else edge.wire
                ports[source, target].add((edge.protocol, first, last))
        return {(source, target, one) for (source, target), several in ports.items() for one in merge(several)}

    def nodes(self, end: Endpoint) -> list[Node]:
        """Return the nodes that an end of an edge stands for."""
        if end.host:
            return [Name(end.host)]
        if end.entities:
            return [Name(one, entity=True) for one in end.entities]
        if end.cidr:
            return list(self._universe.nets_in(end.cidr, end.excepted))
        return [pod for pod in self._by_label[end.namespace, end.labels[0]] if set(end.labels) <= set(pod.labels)]


def _is_meant(source: Node, target: Node, edge: Edge) -> bool:
    """Tell whether pods show what an edge's source does, and do not just look like what the mesh leads it to.

    A proxy takes any certificate, and looks further then.
    """
    if isinstance(source, Pod):
        proxy = edge.target.proxy or (isinstance(target, Pod) and target.proxy)
        if not (source.account if proxy else source.account == edge.source.account):
            return False
    return not isinstance(target, Pod) or not (
        (edge.target.proxy and target.account and not target.proxy) or (edge.through and not target.through)
    )


def goes_past(edge: Edge, target: Pod) -> bool:
    """Tell whether a flow of a caller without an identity is for a port that a mesh does not see at a pod."""
    return not edge.source.account and any(first <= edge.port <= last for _, first, last in target.uncaptured)


def named_hosts(system: System) -> set[Name]:
    """Return whom edges know by no address: hosts by their names, and entities."""
    hosts = {Name(edge.target.host) for edge in system.edges if edge.target.host}
    ends = (end for edge in system.edges for end in (edge.source, edge.target))
    return hosts | {Name(one, entity=True) for end in ends for one in end.entities}


def named_networks(system: System) -> set[str]:
    """Return where addresses have to be told apart, whether or not a policy names these networks."""
    named = {end.cidr for edge in system.edges for end in (edge.source, edge.target) if end.cidr}
    return {*named, *map(str, (*NEVER_OPENED, *PRIVATE)), *system.platform.spec.clusterNetworks}
