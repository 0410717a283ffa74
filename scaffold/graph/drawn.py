"""Graphs from rows: one flow for each pair of names that share all their ports.

May import: model, naming, rows, cluster, reach.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scaffold.graph.model import Graph, GraphFlow, GraphNode
from scaffold.graph.naming import Names
from scaffold.graph.rows import Rows
from scaffold.reach.model import Net

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.graph.cluster import Cluster
    from scaffold.graph.rows import Ports, Row
    from scaffold.reach.model import Node, Policy


def rows_of(cluster: Cluster) -> Rows:
    """Return who reaches whom in a cluster."""
    return Rows(cluster.universe, [policy for policy, _ in cluster.policies], cluster.admission, cluster.named)


def names_of(cluster: Cluster, rows: Rows) -> Names:
    """Return what the nodes of a cluster are called."""
    kinds = {pod: one.key[0] for pod, one in cluster.workloads.items()}
    return Names(rows, cluster.universe, kinds, blocks_of(policy for policy, _ in cluster.policies))


def blocks_of(policies: Iterable[Policy]) -> set[tuple[str, tuple[str, ...]]]:
    """Return the networks that policies name, each with its exceptions."""
    return {
        (peer.cidr, tuple(sorted(peer.excepted)))
        for policy in policies
        for rule in (*(policy.ingress or ()), *(policy.egress or ()))
        for peer in rule.peers or ()
        if peer.cidr
    }


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
    ports: dict[tuple[GraphNode, GraphNode], dict[Ports, None]] = defaultdict(dict)
    outside: dict[tuple[int, Ports], int] = defaultdict(int)
    for target, row in found.items():
        bit = rows.bit[target]
        for who, own in row:
            if not names.workloads & bit:
                outside[who & names.workloads, own] |= bit
            elif not isinstance(target, Net):
                for source in names.called(who, bit):
                    ports[source, names.node[target]][own] = None
    for (who, own), targets in outside.items():
        if who:
            for source in names.called(who):
                for other in names.reached(targets):
                    ports[source, other][own] = None
    flows = [GraphFlow(source, target, own) for (source, target), several in ports.items() for own in several]
    nodes = {node for flow in flows for node in (flow.source, flow.target)}
    given = {names.node[pod] for pod in rows.nodes if not isinstance(pod, Net) and rows.bit[pod] & names.workloads}
    return Graph(tuple(sorted(nodes | given)), tuple(sorted(flows)))
