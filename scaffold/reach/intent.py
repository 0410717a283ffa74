"""Compare what policies allow with what a system's edges say: exactly the edges, strangers included.

May import: system.model, networks, evaluate, manifests, model.
"""

from __future__ import annotations

from collections import defaultdict
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from scaffold.networks import NEVER_OPENED, excepted_within
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, Flow, merge
from scaffold.reach.model import Net, Node, Pod

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.model import PortRange
    from scaffold.system.model import Endpoint, System

# A namespace that nobody declared: pods in it are what an open namespace selector lets in.
ELSEWHERE = "a-namespace-nobody-declared"
STRANGER = "a-stranger"


def compare(system: System, manifests: Iterable[dict[str, Any]]) -> tuple[set[Flow], set[Flow]]:
    """Evaluate rendered manifests against the system that they were rendered from.

    Args:
        system: the edges that are meant.
        manifests: every parsed object of the bundle.

    Returns:
        The flows that are allowed but not meant, and those that are meant but not allowed.
    """
    objects = list(manifests)
    rendered = [pod for pod in read.pods(objects) if f"{pod.namespace}/{pod.name}" in {m.app.key for m in system.members}]
    evaluation = Evaluation(
        [*rendered, *foreign(system), *strangers(system)],
        read.namespaces(objects),
        read.policies(objects),
        blocks={*_networks(system), *map(str, NEVER_OPENED)},
    )
    meant = expected(system, evaluation)
    allowed = evaluation.flows(rendered)
    return allowed - meant, meant - allowed


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
    return [Pod(space, STRANGER) for space in spaces] + [Pod(ELSEWHERE, f"{STRANGER} {dict(kind)}", kind) for kind in labels]


def expected(system: System, evaluation: Evaluation) -> set[Flow]:
    """Return the flows of the edges that nobody withholds, ports merged as the evaluation merges them."""
    by_space: dict[str, list[Pod]] = defaultdict(list)
    by_label: dict[tuple[str, tuple[str, str]], list[Pod]] = defaultdict(list)
    for pod in evaluation.pods:
        by_space[pod.namespace].append(pod)
        for label in pod.labels:
            by_label[pod.namespace, label].append(pod)

    def nodes(end: Endpoint) -> list[Node]:
        if end.cidr:
            return list(_inside(end.cidr, evaluation.nets))
        candidates = by_label[end.namespace, end.labels[0]] if end.labels else by_space[end.namespace]
        return [pod for pod in candidates if set(end.labels) <= set(pod.labels)]

    ports: dict[tuple[Node, Node], set[PortRange]] = defaultdict(set)
    for edge in system.edges:
        if edge.in_force:
            for source in nodes(edge.source):
                for target in nodes(edge.target):
                    ports[source, target].add((edge.protocol, edge.port, edge.port))
    return {(source, target, one) for (source, target), several in ports.items() for one in merge(several)}


def _inside(cidr: str, nets: Iterable[Net]) -> Iterable[Net]:
    network = ip_network(cidr)
    outside = [ip_network(text) for text in excepted_within(network)]
    for net in nets:
        address = ip_address(net.sample)
        if address in network and not any(address in other for other in outside):
            yield net


def _networks(system: System) -> set[str]:
    return {end.cidr for edge in system.edges for end in (edge.source, edge.target) if end.cidr}
