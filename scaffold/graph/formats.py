"""A graph as JSON, for Mermaid, and for Graphviz (DOT).

Names come from anybody's manifests. In a drawing a node is `n1`, `n2`, …, and what it is called stands in a label in
which every character that could mean anything is an entity, so that no name says more than itself.

May import: model, errors (spelling).
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

from scaffold.errors import printable
from scaffold.graph.model import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.graph.model import Comparison, Graph, GraphFlow, GraphNode

# Neither language gives these a meaning inside a quoted label, nor does HTML, which both draw labels as. (A colon has
# none, either, but Mermaid takes semicolons out of lines with `style …: … #`, wherever that stands.)
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-/,=()+")
_LONGEST = 200
_MERMAID = {"workload": '["{}"]', "workloads": '[["{}"]]', "network": '(["{}"])'}
_DOT = {"workload": "box", "workloads": "box3d", "network": "ellipse"}


def as_json(graph: Graph, notes: Iterable[str] = ()) -> str:
    """Return a graph as JSON: nodes by id, flows by the ids of their ends, a port range each; what is not evaluated."""
    value: dict[str, Any] = {
        "nodes": [
            {"id": node.id, "namespace": node.namespace, "name": node.name, "kind": node.kind} for node in graph.nodes
        ],
        "flows": [one for flow in graph.flows for one in flow_values(flow)],
        "notes": list(notes),
    }
    return json.dumps(value, indent=2)


def flow_values(flow: GraphFlow) -> Iterator[dict[str, Any]]:
    """Yield a flow as JSON, for each range of its ports; `assumed` says that a half lies with others."""
    for protocol, first, last in flow.ports:
        yield {
            "source": flow.source.id, "target": flow.target.id, "protocol": protocol, "port": first, "endPort": last,
            "assumed": flow.is_assumed, "reasons": list(flow.reasons),
        }  # fmt: skip


def as_mermaid(graph: Graph) -> str:
    """Return a graph as a Mermaid flowchart, a subgraph for each namespace; dashed is what is half assumed."""
    lines, names = ["flowchart LR"], _numbered(graph)
    for number, (space, nodes) in enumerate(_by_namespace(graph)):
        inner = "    " if space else "  "
        if space:
            lines.append(f'  subgraph s{number}["{escaped(space, "#{};")}"]')
        for node in nodes:
            shape = _MERMAID.get(node.kind, '("{}")')
            lines.append(f"{inner}{names[node.id]}{shape.format(escaped(node.name, '#{};'))}")
        if space:
            lines.append("  end")
    for flow in graph.flows:
        arrow = "-.->" if flow.is_assumed else "-->"
        lines.append(f'  {names[flow.source.id]} {arrow}|"{_ports(flow)}"| {names[flow.target.id]}')
    return "\n".join(lines)


def as_dot(graph: Graph) -> str:
    """Return a graph for Graphviz, a cluster for each namespace; dashed is what is half assumed."""
    lines, names = ["digraph flows {", "  rankdir=LR", '  node [fontname="sans-serif"]'], _numbered(graph)
    for number, (space, nodes) in enumerate(_by_namespace(graph)):
        inner = "    " if space else "  "
        if space:
            lines += [f"  subgraph cluster_{number} {{", f'    label="{_dot(space)}"']
        for node in nodes:
            shape = _DOT.get(node.kind, "ellipse")
            style = "" if node.is_given else ", style=dashed"
            lines.append(f'{inner}{names[node.id]} [label="{_dot(node.name)}", shape={shape}{style}]')
        if space:
            lines.append("  }")
    for flow in graph.flows:
        style = ", style=dashed" if flow.is_assumed else ""
        lines.append(f'  {names[flow.source.id]} -> {names[flow.target.id]} [label="{_ports(flow)}"{style}]')
    return "\n".join([*lines, "}"])


def escaped(text: str, entity: str) -> str:
    """Spell text with a numeric entity for every character that is not plainly itself."""
    # Entities of control characters are no XML; an empty label is no label in Mermaid.
    shown = printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or " "
    return "".join(char if char in _PLAIN else entity.format(ord(char)) for char in shown)


def _dot(text: str) -> str:
    # Graphviz reads entities first, then escapes: a backslash that comes as an entity begins one.
    return escaped(text, "&#{};").replace("&#92;", r"\\")


def _ports(flow: GraphFlow) -> str:
    return ", ".join(map(spelled, flow.ports))


def _numbered(graph: Graph) -> dict[str, str]:
    return {node.id: f"n{number}" for number, node in enumerate(graph.nodes, 1)}


def _by_namespace(graph: Graph) -> Iterator[tuple[str, list[GraphNode]]]:
    for space, nodes in groupby(graph.nodes, key=lambda node: node.namespace):
        yield space, list(nodes)


def comparison_json(comparison: Comparison) -> str:
    """Return a comparison as JSON."""
    value = {
        key: [{**flow, "where": one.where} for one in several for flow in flow_values(one.flow)]
        for key, several in (("unexpected", comparison.unexpected), ("missing", comparison.missing))
    }
    return json.dumps({**value, "absent": list(comparison.absent)}, indent=2)
