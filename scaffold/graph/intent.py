"""The graph of what was declared: a system's edges, named as those of manifests are.

May import: model, naming, rows, drawn, system, labels, reach.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.graph.drawn import drawn
from scaffold.graph.model import Graph
from scaffold.graph.naming import Names
from scaffold.graph.rows import Rows
from scaffold.labels import pod_labels
from scaffold.reach.intent import Expected, foreign, named_hosts, named_networks
from scaffold.reach.model import Pod
from scaffold.reach.universe import Universe
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.graph.model import GraphNode
    from scaffold.reach.model import Node, PortRange
    from scaffold.reach.tiers import Row
    from scaffold.system.model import Edge, Endpoint, Member, System


class Intent(Value, frozen=True):
    """A system's nodes and edges, as they are asked about."""

    system: System
    universe: Universe
    apps: dict[Pod, str]
    expected: Expected
    rows: Rows
    names: Names

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The flows that are meant, and have an end in an App."""
        # By the ports that they are for, whatever carries them; what a proxy passes on is three: two hops, and it all.
        # Of an App that is rendered elsewhere only the first is seen.
        own = (edge for edge in self.system.edges if edge.target.app)
        edges = sorted({*own, *self.system.flows})
        return tuple(replace(edge, carried=0) for edge in edges if edge.in_force and edge.is_ours)


def intent_of(system: System) -> Intent:
    """Return a system as it is drawn."""
    apps = {pod_of(member): "App" for member in system.members} | dict.fromkeys(_proxies(system), "Gateway")
    # Of what only others call nothing is known in a bundle: it is a prerequisite, which no policy of ours opens.
    ours = replace(system, edges=tuple(edge for edge in system.edges if edge.is_ours))
    universe = Universe([*apps, *foreign(ours)], {}, named_networks(system), named_hosts(system))
    rows = Rows(universe, ())
    rows.unheld = rows.open = 0  # what was not declared is shut
    ends = [end for edge in system.edges for end in (edge.source, edge.target)]
    nets = {(end.cidr, tuple(sorted(end.excepted))) for end in ends if end.cidr}
    return Intent(system, universe, apps, Expected(universe), rows, Names(rows, universe, apps, nets))


def graph_of(intent: Intent) -> Graph:
    """Return the flows of the edges in force, each with its reasons."""
    ports: dict[Node, dict[Node, list[PortRange]]] = defaultdict(lambda: defaultdict(list))
    for source, target, one in sorted(intent.expected.flows(intent.edges), key=lambda flow: flow[2]):
        ports[target][source].append(one)
    found: dict[Node, Row] = {}
    for target, sources in ports.items():
        row: dict[tuple[PortRange, ...], int] = defaultdict(int)
        for source, several in sources.items():
            row[tuple(several)] |= intent.rows.bit[source]
        found[target] = [(who, own) for own, who in row.items()]
    made = drawn(found, intent.names, intent.rows)
    reasons = _reasons(intent)
    flows = tuple(replace(flow, reasons=reasons.get((flow.source.id, flow.target.id), ())) for flow in made.flows)
    return Graph(made.nodes, flows)


def _reasons(intent: Intent) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return why each flow is there, by the names of its ends."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    called = {end: _called(intent, end) for end in {end for edge in intent.edges for end in (edge.source, edge.target)}}
    for edge in intent.edges:
        for source in called[edge.source]:
            for target in called[edge.target]:
                found[source.id, target.id][edge.reason] = None
    return {key: tuple(several) for key, several in found.items()}


def _called(intent: Intent, end: Endpoint) -> list[GraphNode]:
    mask = intent.rows.mask(intent.expected.nodes(end))
    return intent.names.hosts(mask) if end.host else intent.names.called(mask)


def _proxies(system: System) -> Iterator[Pod]:
    for member in system.members:
        for entry, _ in member.additions.proxies:
            yield Pod(member.app.namespace, entry.name, tuple(sorted(entry.labels.items())))


def pod_of(member: Member) -> Pod:
    """Return the pods of an App: as they are labelled, with the ports that it names."""
    app = member.app
    labels = pod_labels(app) | {entry.key: entry.value for entry, _ in member.additions.labels}
    ports = tuple((name, port.l4, port.port) for name, port in app.mapped.items())
    return Pod(app.namespace, app.name, tuple(sorted(labels.items())), ports)
