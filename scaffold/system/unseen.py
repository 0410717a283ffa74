"""Callers without an identity: which of them addresses tell from pods, and the ports at which they do not.

May import: model, networks.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from scaffold.networks import is_private

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.answers.platform import LoadBalancer, Nodes, Platform
    from scaffold.system.model import Edge


def is_elsewhere(edge: Edge, platform: Platform) -> bool:
    """Tell whether a caller is known by addresses that no pod has."""
    spec, cidr = platform.spec, edge.source.cidr
    groups: list[Nodes | LoadBalancer] = [*spec.nodes.values(), *spec.loadBalancers.values()]
    # On a node there may be pods, too, with its address, and a load balancer passes on for anybody.
    if not cidr or any(ip_network(cidr).overlaps(ip_network(own)) for group in groups for own in group.cidrs):
        return False
    return bool(spec.clusterNetworks) or not is_private(ip_network(edge.source.cidr))


def by_target(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    """Return the flows into each App by its key."""
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.target.app, []).append(edge)
    return found


def unseen(edges: Iterable[Edge], platform: Platform) -> set[int]:
    """Return the TCP ports, among the targets of some edges, with a caller whom no address tells from pods of a mesh.

    Whoever has an identity does not share such a port (`identities.refuse_mixed`).
    """
    return {
        edge.port
        for edge in edges
        if edge.protocol == "TCP"
        and not edge.source.account
        and not edge.of_the_node
        and not is_elsewhere(edge, platform)
    }
