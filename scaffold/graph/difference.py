"""Where the flows of manifests are not those that were declared: too many, or too few.

May import: model, naming, rows, objects, intent, drawn, reach, system.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scaffold.graph.drawn import blocks_of
from scaffold.graph.intent import pod_of
from scaffold.graph.model import Comparison, Differing, GraphFlow
from scaffold.graph.naming import Names, called_by_name
from scaffold.graph.rows import Rows
from scaffold.labels import selector
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import blocks
from scaffold.reach.intent import ELSEWHERE, STRANGER, compare, enforced, meshed, named_networks
from scaffold.reach.model import Name, Pod
from scaffold.reach.universe import Universe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from scaffold.reach.evaluate import Flow
    from scaffold.reach.model import Node, PortRange
    from scaffold.system.model import System


def compared(system: System, values: list[dict[str, Any]]) -> Comparison:
    """Compare objects with a system; an App of which no workload is there is judged as if it were.

    Args:
        system: what was declared.
        values: every object that is applied.
    """
    given = read.pods(values)
    present = {(pod.namespace, label) for pod in given for label in pod.labels}
    absent = [
        member
        for member in system.members
        if not any((member.app.namespace, label) in present for label in selector(member.app.name).items())
    ]
    stand_ins = [_workload(pod_of(member)) for member in absent]
    found: dict[str, dict[Flow, str]] = {"unexpected": {}, "missing": {}}
    # What both ends say together comes first: an end by itself is told only where that says more.
    for difference in reversed(compare(system, [*values, *stand_ins])):
        for kind, flows in (("unexpected", difference.unexpected), ("missing", difference.missing)):
            for flow in flows:
                found[kind].setdefault(flow, difference.where)
    names = _names(system, values, found)
    told = [tuple(sorted(_told(flows, names))) for flows in found.values()]
    return Comparison(told[0], told[1], tuple(member.app.key for member in absent))


def _names(system: System, values: list[dict[str, Any]], found: dict[str, dict[Flow, str]]) -> Names:
    """Return the names of all ends of some flows, over the same addresses as `compare` tells apart."""
    policies, mesh = enforced(system, values), meshed(system, values)
    known = blocks(policies) | named_networks(system) | (mesh.blocks if mesh else set())
    pods = {end for flows in found.values() for flow in flows for end in flow[:2] if isinstance(end, Pod)}
    universe = Universe(sorted(pods), {}, known)
    given = {pod: one["kind"] for one in values if (pod := read.pod(one, {}, {})) is not None}
    alike = {(pod.namespace, pod.name, pod.labels): kind for pod, kind in given.items()}
    kinds = {pod: alike[key] for pod in sorted(pods) if (key := (pod.namespace, pod.name, pod.labels)) in alike}
    ends = [end for edge in system.edges for end in (edge.source, edge.target)]
    nets = {(end.cidr, tuple(sorted(end.excepted))) for end in ends if end.cidr} | blocks_of(policies)
    return Names(Rows(universe, ()), universe, kinds, nets)


def _workload(pod: Pod) -> dict[str, Any]:
    ports = [{"name": name, "protocol": protocol, "containerPort": number} for name, protocol, number in pod.ports]
    spec = {"serviceAccountName": pod.name, "containers": [{"ports": ports}]}
    template = {"metadata": {"labels": dict(pod.labels)}, "spec": spec}
    metadata = {"namespace": pod.namespace, "name": pod.name}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": template}}


def _told(flows: dict[Flow, str], names: Names) -> Iterator[Differing]:
    """Yield flows by the names of their ends; several addresses at one pod are the networks that they are."""
    joined: dict[tuple[Pod, bool, PortRange, str], int] = defaultdict(int)
    for (source, target, ports), where in _without_kinds(flows):
        if isinstance(source, Pod) and isinstance(target, Pod):
            yield Differing(GraphFlow(names.node[source], names.node[target], (ports,)), where)
        elif isinstance(source, Pod) and isinstance(target, Name):
            yield Differing(GraphFlow(names.node[source], called_by_name(target), (ports,)), where)
        elif isinstance(target, Pod) and isinstance(source, Name):
            yield Differing(GraphFlow(called_by_name(source), names.node[target], (ports,)), where)
        elif isinstance(source, Pod):
            joined[source, True, ports, where] |= names.bit[target]
        elif isinstance(target, Pod):
            joined[target, False, ports, where] |= names.bit[source]
    for (pod, leaves, ports, where), mask in joined.items():
        for net in names.networks(mask):
            ends = (names.node[pod], net) if leaves else (net, names.node[pod])
            yield Differing(GraphFlow(*ends, (ports,)), where)


def _without_kinds(flows: dict[Flow, str]) -> Iterator[tuple[Flow, str]]:
    """Yield flows without those of each kind of pod elsewhere, where any pod elsewhere has the same."""
    bare = Pod(ELSEWHERE, f"{STRANGER} {{}}")
    for flow, where in flows.items():
        source, target, ports = flow
        wide = (bare if _is_elsewhere(source) else source, bare if _is_elsewhere(target) else target, ports)
        if wide == flow or flows.get(wide) != where:
            yield flow, where


def _is_elsewhere(node: Node) -> bool:
    return isinstance(node, Pod) and node.namespace == ELSEWHERE
