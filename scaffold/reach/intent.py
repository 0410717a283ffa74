"""Compare what policies allow with what a system's edges say: exactly the edges, strangers included.

May import: system.model, networks, evaluate, manifests, model.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from scaffold.networks import NEVER_OPENED, excepted_within
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, Flow, merge
from scaffold.reach.model import Net, Node, Pod

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.model import PortRange
    from scaffold.system.model import Edge, Endpoint, System

# A namespace that nobody declared: pods in it are what an open namespace selector lets in.
ELSEWHERE = "a-namespace-nobody-declared"
STRANGER = "a-stranger"


@dataclass(frozen=True, slots=True)
class Difference:
    """Flows that policies allow but nobody meant, and flows that are meant but shut; `where` says who allows them."""

    where: str
    unexpected: frozenset[Flow]
    missing: frozenset[Flow]


def compare(system: System, manifests: Iterable[dict[str, Any]]) -> tuple[Difference, ...]:
    """Evaluate rendered manifests against the system that they were rendered from.

    Each half is compared by itself, since the other end may not be there yet or may belong to somebody else; and the
    flows that both ends allow together.

    Args:
        system: the edges that are meant.
        manifests: every parsed object of the bundle.
    """
    objects = list(manifests)
    keys = {member.app.key for member in system.members}
    ours = [pod for pod in read.pods(objects) if f"{pod.namespace}/{pod.name}" in keys]
    evaluation = Evaluation(
        [*ours, *foreign(system), *strangers(system)],
        read.namespaces(objects),
        read.policies(objects),
        blocks={*_networks(system), *map(str, NEVER_OPENED)},
    )
    expected = Expected(evaluation)
    egress = {flow for pod in ours for flow in evaluation.halves(pod, "egress")}
    ingress = {flow for pod in ours for flow in evaluation.halves(pod, "ingress")}
    compared = (
        ("egress", egress, expected.flows(edge for edge in system.edges if edge.egress == "opened")),
        ("ingress", ingress, expected.flows(edge for edge in system.edges if edge.ingress == "opened")),
        ("both ends", evaluation.flows(ours), expected.flows(edge for edge in system.edges if edge.in_force)),
    )
    return tuple(Difference(where, frozenset(have - want), frozenset(want - have)) for where, have, want in compared)


def foreign(system: System) -> list[Pod]:
    """Return the pods of the system's edges that no given App owns."""
    ends = {end for edge in system.edges for end in (edge.source, edge.target) if end.namespace and not end.app}
    return [Pod(end.namespace, ",".join(f"{k}={v}" for k, v in end.labels), end.labels) for end in sorted(ends)]


def strangers(system: System) -> list[Pod]:
    """Return pods that nobody meant: an unlabelled one in each namespace, and one of each kind in an undeclared one.

    An unlabelled pod catches an open pod selector. Only a pod elsewhere catches an open namespace selector, and only
    one with the right labels catches it where the pod selector is strict.
    """
    ends = [end for edge in system.edges for end in (edge.source, edge.target) if end.namespace]
    spaces = sorted({end.namespace for end in ends} | set(system.namespaces))
    labels = sorted({end.labels for end in ends} | {()})
    return [Pod(space, STRANGER) for space in spaces] + [
        Pod(ELSEWHERE, f"{STRANGER} {dict(kind)}", kind) for kind in labels
    ]


class Expected:
    """The flows that edges mean, over the nodes of an evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._nets = evaluation.nets
        self._by_label: dict[tuple[str, tuple[str, str]], list[Pod]] = defaultdict(list)
        for pod in evaluation.pods:
            for label in pod.labels:
                self._by_label[pod.namespace, label].append(pod)

    def flows(self, edges: Iterable[Edge]) -> set[Flow]:
        """Return the flows of edges, ports merged as the evaluation merges them."""
        ports: dict[tuple[Node, Node], set[PortRange]] = defaultdict(set)
        for edge in edges:
            for source in self._nodes(edge.source):
                for target in self._nodes(edge.target):
                    ports[source, target].add((edge.protocol, edge.port, edge.port))
        return {(source, target, one) for (source, target), several in ports.items() for one in merge(several)}

    def _nodes(self, end: Endpoint) -> list[Node]:
        if end.cidr:
            return list(_inside(end.cidr, self._nets))
        return [pod for pod in self._by_label[end.namespace, end.labels[0]] if set(end.labels) <= set(pod.labels)]


def _inside(cidr: str, nets: Iterable[Net]) -> Iterable[Net]:
    network = ip_network(cidr)
    outside = [ip_network(text) for text in excepted_within(network)]
    for net in nets:
        address = ip_address(net.sample)
        if address in network and not any(address in other for other in outside):
            yield net


def _networks(system: System) -> set[str]:
    return {end.cidr for edge in system.edges for end in (edge.source, edge.target) if end.cidr}
