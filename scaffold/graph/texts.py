"""A graph, an answer and a comparison as people read them in a terminal.

May import: model, errors (spelling).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from scaffold.errors import printable
from scaffold.graph.model import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.graph.model import Comparison, Graph, GraphFlow, GraphNode

_WIDTH = 80
_LEGEND = "~> : the other half lies with somebody else, and is assumed open"


def as_text(graph: Graph) -> str:
    """Return a graph by namespace, and in it by who opens connections."""
    lines: list[str] = []
    for space, in_space in groupby(graph.flows, key=lambda flow: flow.source.namespace):
        lines.append(printable(space) if space else "(no namespace)")
        several = list(in_space)
        column = _column((_target(flow) for flow in several), 7, max(len(ports(flow)) for flow in several))
        for source, flows in groupby(several, key=lambda flow: flow.source):
            lines.append(f"  {printable(source.name)}")
            lines += (line for flow in flows for line in _line(flow, column))
        lines.append("")
    talking = {node.id for flow in graph.flows for node in (flow.source, flow.target)}
    groups = {node.namespace for flow in graph.flows for node in (flow.source, flow.target) if node.kind == "workloads"}
    silent = [node for node in graph.nodes if node.id not in talking and node.namespace not in groups]
    if silent:
        lines += ["No flow begins or ends at:", *(f"  {named(node)}" for node in silent), ""]
    return "\n".join([*lines, *([_LEGEND] if any(flow.is_assumed for flow in graph.flows) else [])]).rstrip("\n")


def _line(flow: GraphFlow, column: int) -> Iterator[str]:
    arrow, target, opened = "~>" if flow.is_assumed else "->", _target(flow), ports(flow)
    if len(target) > column:
        yield f"    {arrow} {target}"
        yield f"       {'':<{column}}  {opened}"
    else:
        yield f"    {arrow} {target:<{column}}  {opened}"


def _column(texts: Iterable[str], before: int, after: int) -> int:
    """Return how wide a column is: as wide as its longest text, as far as the rest fits beside it."""
    most = max(_WIDTH - before - min(after, 24) - 2, 20)
    return max((len(text) for text in texts if len(text) <= most), default=most)


def _target(flow: GraphFlow) -> str:
    """Return a target, with its namespace where that is another than the source's."""
    own = flow.target.namespace == flow.source.namespace
    return printable(flow.target.name) if own else named(flow.target)


def named(node: GraphNode) -> str:
    """Return what a node is called outside its namespace."""
    if not node.namespace:
        return printable(node.name)
    plain = node.kind in {"workload", "pods"}
    return printable(f"{node.namespace}/{node.name}" if plain else f"{node.name} of {node.namespace}")


def ports(flow: GraphFlow) -> str:
    """Return the ports of a flow, each as people write it."""
    return ", ".join(map(spelled, flow.ports))


def comparison_text(comparison: Comparison) -> str:
    """Return a comparison: `+` for what is open and was not declared, `-` for what was declared and is shut."""
    lines = [
        f"{sign} {named(one.flow.source)} -> {named(one.flow.target)}  {ports(one.flow)}{_end(one.where)}"
        for sign, several in (("+", comparison.unexpected), ("-", comparison.missing))
        for one in several
    ]
    return "\n".join(lines) or "the flows are exactly the declared ones"


def _end(where: str) -> str:
    """Say at which end alone a difference is; what both say needs no word."""
    return f"  (by its {where} alone)" if where in {"egress", "ingress"} else ""
