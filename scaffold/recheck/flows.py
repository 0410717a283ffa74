"""Flows that are not as declared, by what people call their ends: many at once, the widest first.

A check tells each pair of pods and addresses apart, as a proof needs it; here one line says who reaches an App, or whom
it reaches, on the same ports for the same reason.

May import: graph, manifests, finding.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.graph.difference import compared
from scaffold.graph.texts import named, ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.graph.model import Differing, GraphNode
    from scaffold.manifests import Rendered

_CHECK, _OF_REQUESTS = "network/flow-mismatch", "requests for "
_WIDEST = ("anything", "network", "anyPod", "host", "entity", "workloads", "pods", "workload")
_MOST = 5


def joined(findings: set[Finding], applied: Rendered) -> set[Finding]:
    """Return findings with those on single flows joined; what requests would open stays as it is.

    Args:
        findings: of all checks.
        applied: what they were asked about.
    """
    told = {one for one in findings if one.check == _CHECK and _OF_REQUESTS not in one.reason}
    if not told:
        return findings
    found = compared(applied.system, [manifest.value for manifest in applied.applied])
    made = {
        *_grouped(found.unexpected, "open by {}, but nobody declared it"),
        *_grouped(found.missing, "declared, but shut by {}"),
    }
    return findings - told | (made or told)


def _grouped(several: Iterable[Differing], reason: str) -> Iterator[Finding]:
    peers: dict[tuple[str, str, str, str], list[GraphNode]] = defaultdict(list)
    for one in several:
        flow = one.flow
        own, peer, arrow = (
            (flow.target, flow.source, "<-") if flow.target.is_given else (flow.source, flow.target, "->")
        )
        peers[named(own), arrow, ports(flow), one.where].append(peer)
    for (whose, arrow, on, where), nodes in peers.items():
        names = list(dict.fromkeys(map(named, sorted(nodes, key=lambda node: (_WIDEST.index(node.kind), node)))))
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        place = f"{whose} {arrow} {', '.join(names[:_MOST])}{more}, {on}"
        yield Finding("error", _CHECK, place, reason.format(where))
