"""Graphs from rows: one flow for each pair of names, with all its ports.

May import: model, naming, rows, cluster, reach.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scaffold.graph.model import Graph, GraphFlow, GraphNode
from scaffold.graph.naming import Names
from scaffold.graph.rows import Rows
from scaffold.reach.evaluate import peers
from scaffold.reach.model import ALL_PORTS, Pod
from scaffold.reach.ranges import merge
from scaffold.reach.tiers import bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.graph.cluster import Cluster
    from scaffold.reach.model import Node, Policy, PortRange
    from scaffold.reach.tiers import Row


def rows_of(cluster: Cluster) -> Rows:
    """Return who reaches whom in a cluster."""
    return Rows(cluster.universe, [policy for policy, _ in cluster.policies], cluster.admission, cluster.named)


def names_of(cluster: Cluster, rows: Rows) -> Names:
    """Return what the nodes of a cluster are called."""
    kinds = {pod: one.key[0] for pod, one in cluster.workloads.items()}
    return Names(rows, cluster.universe, kinds, blocks_of(policy for policy, _ in cluster.policies))


def blocks_of(policies: Iterable[Policy]) -> set[tuple[str, tuple[str, ...]]]:
    """Return the networks that policies name, each with its exceptions."""
    return {(peer.cidr, tuple(sorted(peer.excepted))) for peer in peers(policies) if peer.cidr}


def graph_of(cluster: Cluster) -> Graph:
    """Return every flow that begins or ends at a workload, as the policies allow it."""
    rows = rows_of(cluster)
    return drawn({node: rows.row(node) for node in rows.nodes}, names_of(cluster, rows), rows)


def drawn(found: Mapping[Node, Row], names: Names, rows: Rows) -> Graph:
    """Return the graph of some rows.

    Args:
        found: who reaches each node.
        names: of the nodes.
        rows: where the nodes stand in a set.
    """
    ports: dict[tuple[GraphNode, GraphNode], set[PortRange]] = defaultdict(set)
    outside: dict[tuple[int, PortRange], int] = defaultdict(int)
    for target, row in found.items():
        bit = rows.bit[target]
        for one, who in _by_range(row):
            if not names.workloads & bit:
                outside[who & names.workloads, one] |= bit
            elif isinstance(target, Pod):
                for source in names.called(who, bit):
                    ports[source, names.node[target]].add(one)
    for (one, targets), who in _by_targets(outside).items():
        for source in names.called(who):
            for other in names.reached(targets):
                ports[source, other].add(one)
    flows = [GraphFlow(source, target, tuple(merge(several))) for (source, target), several in ports.items()]
    nodes = {node for flow in flows for node in (flow.source, flow.target)}
    given = {names.node[pod] for pod in rows.nodes if isinstance(pod, Pod) and rows.bit[pod] & names.workloads}
    return Graph(tuple(sorted(nodes | given)), tuple(sorted(flows)))


def _by_range(row: Row) -> Iterator[tuple[PortRange, int]]:
    """Yield each range of ports with all who reach it, also those who reach more: so that a network stays whole."""
    for one in {one: None for _, ports in row for one in ports}:
        who = 0
        for mask, ports in row:
            if any(_holds(wide, one) for wide in ports):
                who |= mask
        yield one, who


def _by_targets(outside: Mapping[tuple[int, PortRange], int]) -> dict[tuple[PortRange, int], int]:
    """Return who reaches which targets on a range: all of those that a source reaches, for the same reason."""
    per_source: dict[int, dict[PortRange, int]] = defaultdict(lambda: defaultdict(int))
    for (who, one), targets in outside.items():
        for index in bits(who):
            per_source[index][one] |= targets
    made: dict[tuple[PortRange, int], int] = defaultdict(int)
    for index, reached in per_source.items():
        for one in reached:
            targets = 0
            for wide, mask in reached.items():
                if _holds(wide, one):
                    targets |= mask
            made[one, targets] |= 1 << index
    return made


def _holds(wide: PortRange, one: PortRange) -> bool:
    return wide == ALL_PORTS or (wide[0] == one[0] and wide[1] <= one[1] and one[2] <= wide[2])
