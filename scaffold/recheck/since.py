"""What changed between two trees, for a reviewer: flows opened and shut, rights, exceptions, secrets, images, controls.

May import: facts, tree, graph, documents, value.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.documents.reading import Document, Mark
from scaffold.graph.cluster import cluster
from scaffold.graph.drawn import graph_of
from scaffold.graph.model import spelled
from scaffold.graph.notes import notes
from scaffold.graph.objects import objects
from scaffold.graph.texts import named
from scaffold.reach.ranges import without
from scaffold.recheck.facts import REPORT, facts, reasons, unread, values
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.graph.model import Graph, GraphNode
    from scaffold.reach.model import PortRange
    from scaffold.recheck.tree import Tree

# What a fact that is new is called, and one that is gone.
_WORDS = {
    "right": ("right", "right taken away"),
    "exception": ("exception", "exception ended"),
    "control": ("control", "control lost"),
    "risk": ("risk", "risk gone"),
    "secret": ("secret", "secret no longer read"),
    "workload": ("workload", "workload gone"),
}
KINDS = (
    "opened", "right", "exception", "control lost", "level", "risk", "secret", "workload", "image", "declared", "shut",
    "right taken away", "exception ended", "control", "risk gone", "secret no longer read", "workload gone",
    "not declared any more",
)  # fmt: skip
"""What a change may be, the gravest first."""


class Since(Value, frozen=True):
    """One difference: of which kind, and what it is, each part that people named by itself; what it says besides."""

    kind: str
    parts: tuple[str, ...]
    why: str = ""

    def behind(self, words: str) -> Since:
        """Return the same change, what it is about behind some words."""
        return replace(self, parts=(words + self.parts[0], *self.parts[1:]))

    def __str__(self) -> str:
        return f"{self.kind}: {' -> '.join(self.parts)}" + (f" ({self.why})" if self.why else "")


def since(base: Tree | None, tree: Tree | None) -> tuple[tuple[Since, ...], tuple[str, ...]]:
    """Compare two trees, either of which may not be there.

    Returns:
        The differences, the gravest first, and what was not compared.
    """
    made = [*_flows(base, tree), *_facts(base, tree), *_values(base, tree)]
    said = {note: None for one in (base, tree) if one is not None for note in _notes(one)}
    return gravest(made), tuple(said)


def gravest(changes: Iterable[Since]) -> tuple[Since, ...]:
    """Return changes as they are told: the gravest first."""
    return tuple(sorted(set(changes), key=lambda one: (KINDS.index(one.kind), one.parts, one.why)))


def _facts(base: Tree | None, tree: Tree | None) -> Iterator[Since]:
    before, after = (facts(one) if one is not None else {} for one in (base, tree))
    for kind, (new, gone) in _WORDS.items():
        have, had = after.get(kind, set()), before.get(kind, set())
        yield from (Since(new, (text,)) for text in have - had)
        yield from (Since(gone, (text,)) for text in had - have)


def _values(base: Tree | None, tree: Tree | None) -> Iterator[Since]:
    before, after = (values(one) if one is not None else {} for one in (base, tree))
    for (kind, name), value in after.items():
        was = before.get((kind, name))
        if was != value and (was is not None or kind == "image"):
            yield Since(kind, (f"{name}: {was or 'none'}", value))


def _flows(base: Tree | None, tree: Tree | None) -> Iterator[Since]:
    """Yield what is opened and shut, each with the reason that its App's files name; then what changes no flow."""
    before, after = (_opened(_graph(one)) if one is not None else {} for one in (base, tree))
    had, have = (reasons(one) if one is not None else {} for one in (base, tree))
    for kind, more, less, new, old, rest in (
        ("opened", after, before, have, had, "declared"),
        ("shut", before, after, had, have, "not declared any more"),
    ):
        told: set[str] = set()
        for ends, (source, target, ports) in more.items():
            left = without(ports, less[ends][2] if ends in less else ())
            why = sorted(_why(source, target, new, old)) if left else []
            told.update(why)
            for one in sorted(left):
                yield Since(kind, (ends[0], f"{ends[1]} {spelled(one)}"), "; ".join(why[:_MOST]))
        for key in new:
            yield from (Since(rest, (text,)) for text in new[key] - old.get(key, set()) - told)


_MOST = 3


def _why(
    source: GraphNode, target: GraphNode, new: Mapping[str, set[str]], old: Mapping[str, set[str]]
) -> Iterator[str]:
    """Yield the new reasons of an end's files that name the other end, if it has a name; else all of them."""
    for end, other in ((source, target), (target, source)):
        key = f"{end.namespace}/{end.name}"
        fresh = new.get(key, set()) - old.get(key, set())
        naming = {text for text in fresh if other.name in text}
        outside = {text for text in fresh if other.kind in {"network", "anything"}}
        yield from naming or outside


def _graph(tree: Tree) -> Graph:
    return graph_of(cluster(objects(_documents(tree)).read))


def _documents(tree: Tree) -> Iterator[Document]:
    return (Document(one.path, one.value, Mark(0, 0)) for one in tree.applied if one.scope in _APPLIED)


_APPLIED = ("app", "namespace", "egress")


def _opened(graph: Graph) -> dict[tuple[str, str], tuple[GraphNode, GraphNode, set[PortRange]]]:
    """Return the ports of each pair by what its ends are called, whatever else is known of them in one of two trees.

    All workloads of a namespace are told one by one: one more changes no name.
    """
    inside: dict[str, list[GraphNode]] = defaultdict(list)
    for node in graph.nodes:
        if node.kind == "workload":
            inside[node.namespace].append(node)
    made: dict[tuple[str, str], tuple[GraphNode, GraphNode, set[PortRange]]] = {}
    for flow in graph.flows:
        for source in _each(flow.source, inside):
            for target in _each(flow.target, inside):
                if source != target:
                    ends = named(source), named(target)
                    made.setdefault(ends, (source, target, set()))[2].update(flow.ports)
    return made


def _each(node: GraphNode, inside: Mapping[str, list[GraphNode]]) -> Iterable[GraphNode]:
    return inside[node.namespace] if node.kind == "workloads" else (node,)


def _notes(tree: Tree) -> Iterator[str]:
    found = objects(_documents(tree))
    yield from notes(None, found)
    if unread(tree):
        yield f"note: a {REPORT} cannot be read: exceptions, risks and controls were not compared"
    if tree.found:
        yield f"note: an App's folder cannot be built: compared as far as it can ({tree.found[0].place})"
