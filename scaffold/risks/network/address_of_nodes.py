"""A flow is open to whatever runs on nodes.

What: no App is called by, or calls, the own addresses of nodes.
Why: policies know pods by labels, and a node by its addresses alone. These are the kubelet's and those of every pod on
    the node's own network; where a Service's traffic is balanced by nodes, of whoever they pass on; and of the pods
    themselves, where nodes and pods share networks. A network plugin that knows nodes as such knows no groups of them.
Fields: App spec.from, spec.to: nodes; Platform spec.nodes.
Allowed: a port that only serves what each of them may have, such as metrics.
Reference: Kubernetes, NetworkPolicy: pods on the host network; NSA/CISA Kubernetes Hardening Guide: Network separation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.numbers import numbered
from scaffold.finding import Finding
from scaffold.system.model import NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such flow, once for each network."""
    own = {cidr for group in system.platform.spec.nodes.values() for cidr in group.cidrs}
    for edge in system.edges:
        for end in (edge.source, edge.target):
            if (end.entities == NODES or end.cidr in own) and edge.origin == "declared":
                ports = numbered(edge.port, edge.last)
                whom = f"has a node's address in {end.cidr}" if end.cidr else "runs on any node, in its own network"
                reason = f"{edge.reason}: open to all that {whom}, on port {ports}"
                remedy = "let what calls run in pods of their own network, or let the App ask who it is (TLS, a token)"
                yield Finding("warning", "network/address-of-nodes", str(edge.places[0]), reason, remedy)
