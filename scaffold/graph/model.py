"""A graph as it is drawn: nodes, and flows between them.

May import: reach.model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from scaffold.reach.model import ALL_PORTS
from scaffold.value import Value

if TYPE_CHECKING:
    from scaffold.reach.model import PortRange

Kind: TypeAlias = Literal["workload", "workloads", "pods", "anyPod", "network", "host", "entity", "anything"]
"""A workload that was given; all of a namespace's; pods that only a rule or an answer names; any pod, also one that
nobody named; addresses; a host, or a part of the cluster, that is known by its name; or whatever nothing holds back."""


class GraphNode(Value, frozen=True, order=True):
    """One end of flows. `namespace` is empty for what lies in none, or in any; `name` is what people call it there."""

    namespace: str
    name: str
    kind: Kind
    id: str

    @property
    def is_given(self) -> bool:
        """Whether the policies at it are those that were given; else its half is assumed open."""
        return self.kind in {"workload", "workloads"}


class GraphFlow(Value, frozen=True, order=True):
    """What one node opens to another: ports, merged, and why where that is known."""

    source: GraphNode
    target: GraphNode
    ports: tuple[PortRange, ...]
    reasons: tuple[str, ...] = ()

    @property
    def is_assumed(self) -> bool:
        """Whether one half of it lies with somebody else."""
        return not (self.source.is_given and self.target.is_given)


class Graph(Value, frozen=True):
    """Nodes and flows, sorted; workloads without a flow are among the nodes."""

    nodes: tuple[GraphNode, ...]
    flows: tuple[GraphFlow, ...]


class Differing(Value, frozen=True, order=True):
    """A flow that is open without being declared, or declared without being open, and at which end that is so."""

    flow: GraphFlow
    where: str


class Comparison(Value, frozen=True):
    """What is open and nobody declared, what is declared and shut, and Apps of which no workload was given."""

    unexpected: tuple[Differing, ...]
    missing: tuple[Differing, ...]
    absent: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the flows are exactly the declared ones."""
        return not (self.unexpected or self.missing)


def spelled(ports: PortRange) -> str:
    """Spell ports as people write them: `8080/TCP`, `30000-32767/UDP`, `every port`."""
    protocol, first, last = ports
    if ports == ALL_PORTS:
        return "every port"
    if (first, last) == (0, ALL_PORTS[2]):
        return f"every {protocol} port"
    return f"{first}/{protocol}" if first == last else f"{first}-{last}/{protocol}"
