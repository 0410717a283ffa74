"""What was declared about a flow: the answers that ask for it, or that nobody did.

May import: answer, intent, question, ports, texts, system, reach, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.errors import QuestionError
from scaffold.graph.answer import Answer, Deciding, Side
from scaffold.graph.model import spelled
from scaffold.graph.ports import resolved
from scaffold.graph.question import End, nodes
from scaffold.graph.texts import named
from scaffold.reach.model import ALL_PORTS, Pod
from scaffold.reach.ranges import intersect, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.graph.intent import Intent
    from scaffold.reach.model import Node, PortRange
    from scaffold.system.model import Edge

_HALVES = {
    "opened": "opened by its App's policy",
    "agreed": "declared by both, and opened by its own bundle",
    "relayed": "passed on by the gateway for egress",
    "foreign": "lies with somebody else, and is assumed open",
    "withheld": "shut: its team has not agreed",
}
_MOST = 8


def answered(intent: Intent, source: End, target: End) -> Answer:
    """Answer a question about what was declared.

    Raises:
        QuestionError: an end, or a port of it, is not there.
    """
    sources, targets = (nodes(end, intent.universe, intent.names, intent.apps) for end in (source, target))
    if not (isinstance(sources[0], Pod) or isinstance(targets[0], Pod)):
        raise QuestionError("nobody declares what flows between two networks; name an App")
    asked, said = resolved(target, targets, _services(intent))
    found = list(_between(intent, intent.system.edges, sources, targets))
    matching = [edge for edge in found if intersect([_port(edge)], asked)]
    flowing = [edge for edge in matching if edge.in_force and edge.is_ours]
    ports = merge(one for edge in flowing for one in intersect([_port(edge)], asked))
    called = [
        named(intent.names.node[ends[0]]) if isinstance(ends[0], Pod) and ends[0] in intent.names.node else end.who
        for end, ends in ((source, sources), (target, targets))
    ]
    text = "any port" if asked == [ALL_PORTS] else ", ".join(map(spelled, asked))
    sides = tuple(_sides(flowing or matching))
    notes = [*said, *([] if flowing else _else(intent, found, targets))]
    return Answer(called[0], called[1], text, bool(flowing), tuple(map(spelled, ports)), sides, tuple(notes))


def _port(edge: Edge) -> PortRange:
    return edge.protocol, edge.port, edge.last


def _between(intent: Intent, edges: Iterable[Edge], sources: list[Node], targets: list[Node]) -> Iterator[Edge]:
    for edge in edges:
        ends = ((sources, edge.source), (targets, edge.target))
        if all(not set(asked).isdisjoint(intent.expected.nodes(end)) for asked, end in ends):
            yield edge


def _sides(edges: list[Edge]) -> Iterator[Side]:
    if not edges:
        yield Side("intent", allowed=False, reason="nobody declared it, and what is not declared is shut")
    for edge in edges:
        origin = "declared" if edge.origin == "declared" else f"needed by {edge.origin}"
        rules = [
            Deciding(f"{edge.reason} ({_port_text(edge)})", "", f"{place.file}:{place.line}") for place in edge.places
        ]
        rules = rules or [Deciding(f"{edge.reason} ({_port_text(edge)})")]
        yield Side("intent", allowed=edge.in_force, reason=origin, rules=tuple(rules))
        yield Side("egress", allowed=edge.egress != "withheld", reason=_HALVES[edge.egress])
        yield Side("ingress", allowed=edge.ingress != "withheld", reason=_HALVES[edge.ingress])


def _port_text(edge: Edge) -> str:
    return spelled(_port(edge))


def _else(intent: Intent, found: list[Edge], targets: list[Node]) -> Iterator[str]:
    """Say what was declared instead: between the two, and by others to the same target."""
    if found:
        yield f"declared between them: {', '.join(dict.fromkeys(map(_port_text, found)))}"
        return
    into = [
        f"{named(node)} {_port_text(edge)}"
        for edge in intent.edges
        if not set(targets).isdisjoint(intent.expected.nodes(edge.target))
        for node in intent.names.called(intent.rows.mask(intent.expected.nodes(edge.source)))
    ]
    listed = list(dict.fromkeys(into))
    more = f" and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    yield f"declared to it: {', '.join(listed[:_MOST]) or 'nothing'}{more}"


def _services(intent: Intent) -> list[dict[str, Any]]:
    """Return what the Services of Apps will be, as far as a question needs them."""
    labels = {(pod.namespace, pod.name): dict(pod.labels) for pod in intent.apps}
    return [
        {
            "kind": "Service",
            "metadata": {"namespace": member.app.namespace, "name": member.app.name},
            "spec": {
                "selector": labels[member.app.namespace, member.app.name],
                "ports": [
                    {"name": name, "protocol": port.l4, "port": port.service or port.port, "targetPort": port.port}
                    for name, port in member.app.mapped.items()
                ],
            },
        }
        for member in intent.system.members
    ]
