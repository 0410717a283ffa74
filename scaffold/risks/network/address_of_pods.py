"""A rule on addresses may open pods.

What: a network that overlaps the private ranges is declared while the Platform does not say which networks are the
    cluster's own.
Why: most network plugins match pods by their addresses, too. A rule for 10.0.0.0/8 then opens every pod in it, which no
    evaluation of labels can see.
Fields: App spec.from, spec.to: cidr; Platform spec.clusterNetworks.
Reference: Kubernetes, NetworkPolicy: ipBlock is meant for addresses outside the cluster.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.networks import INTERNET, is_private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such edge, unless the Platform names the cluster's networks."""
    if system.platform.spec.clusterNetworks:
        return
    for edge in system.edges:
        for end in (edge.source, edge.target):
            if end.cidr not in ("", *INTERNET) and edge.origin == "declared" and is_private(ip_network(end.cidr)):
                reason = f"{edge.reason}: opens every pod, too, whose address lies in {end.cidr}"
                remedy = "Platform spec.clusterNetworks: the networks of pods, Services and nodes; they stay shut"
                yield Finding("warning", "network/address-of-pods", str(edge.places[0]), reason, remedy)
