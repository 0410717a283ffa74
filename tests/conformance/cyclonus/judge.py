"""Two judges of the same policies: cyclonus, and our own evaluator, in one form that can be compared.

A judgement is a set of (table, source, target, protocol, port): the table says which half (`Ingress`, `Egress`) or both
(`Combined`); source and target are numbers in the universe, pods first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from operator import itemgetter
from typing import Any

from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, Flow, blocks
from scaffold.reach.intent import foreign, strangers
from scaffold.reach.model import ALL_PORTS, Node, Pod
from scaffold.reach.universe import Universe
from scaffold.system.model import System

Objects = list[dict[str, Any]]
Probe = tuple[str, int]
Judgement = set[tuple[str, int, int, str, int]]

_EMPTY = "*empty*"  # no legal label
_NOWHERE = "0.0.0.1"  # where no pod is: policies know pods by labels, and no block of ours holds it


def is_network_policy(value: dict[str, Any]) -> bool:
    """Tell Kubernetes' NetworkPolicy from those of plugins that have its name."""
    return (value["kind"], value["apiVersion"]) == ("NetworkPolicy", "networking.k8s.io/v1")


def evaluation_of(system: System, values: Objects) -> Evaluation:
    """Return our evaluation of some objects; the pods of others and strangers are among those judged."""
    policies, pods = read.policies(values), [*read.pods(values), *foreign(system), *strangers(system)]
    return Evaluation(Universe(pods, read.namespaces(values), blocks(policies)), policies)


def probes_of(values: Objects, steps: Iterable[int] = (-1, 0, 1)) -> list[Probe]:
    """Return each port that is named anywhere, with its neighbours, and one that nobody names; in each protocol."""
    named = {int(port) for port in re.findall(r'(?:[pP]ort|number)": "?(\d+)', json.dumps(values))}
    numbers = {1} | {number + step for number in named for step in steps}
    return [(protocol, number) for protocol in ("TCP", "UDP", "SCTP") for number in sorted(numbers) if number < 65536]


def ours(evaluation: Evaluation, probes: Sequence[Probe]) -> Judgement:
    """Return who may open what to whom by our judgement."""
    universe = evaluation.universe
    found = {"Combined": evaluation.flows(universe.pods)}
    for direction in ("Ingress", "Egress"):
        found[direction] = {flow for pod in universe.pods for flow in evaluation.halves(pod, direction.lower())}
    return {one for table, flows in found.items() for one in probed(universe, table, flows, probes)}


def probed(universe: Universe, table: str, flows: Iterable[Flow], probes: Sequence[Probe]) -> Judgement:
    """Return flows as a judgement: what they come to at the probes."""
    number = {node: index for index, node in enumerate((*universe.pods, *universe.nets, *universe.names))}
    return {
        (table, number[source], number[target], protocol, port)
        for source, target, ports in flows
        for protocol, port in probes
        if ports == ALL_PORTS or (protocol == ports[0] and ports[1] <= port <= ports[2])
    }


def theirs(ask: Callable[[str], str], evaluation: Evaluation, values: Objects, probes: Sequence[Probe]) -> Judgement:
    """Return the same by cyclonus' judgement of the policies among some objects."""
    universe, spaces = evaluation.universe, read.namespaces(values)
    nodes = (*universe.pods, *universe.nets)
    asked = {
        "Policies": [value for value in values if is_network_policy(value)],
        "Nodes": [_node(node, spaces) for node in nodes],
        "Probes": [{"Protocol": protocol, "Port": port} for protocol, port in probes],
    }
    pairs = list(product(range(len(nodes)), repeat=2))
    # Of an end that is an address there is no half.
    halves = {"Ingress": itemgetter(1), "Egress": itemgetter(0), "Combined": min}
    return {
        (table, *pair, *probe)
        for table, texts in json.loads(ask(json.dumps(_spelled_out(asked)))).items()
        for probe, text in zip(probes, texts, strict=True)
        for pair, mark in zip(pairs, text, strict=True)
        if mark == "1" and halves[table](pair) < len(universe.pods)
    }


def _node(node: Node, spaces: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(node, Pod):
        return {"IP": node.sample}
    labels = spaces.get(node.namespace, {"kubernetes.io/metadata.name": node.namespace})
    ports = [{"Name": name, "Protocol": protocol, "Port": number} for name, protocol, number in node.ports if name]
    return {
        "Namespace": node.namespace, "NamespaceLabels": labels, "Labels": dict(node.labels), "IP": _NOWHERE,
        "Ports": ports,
    }  # fmt: skip


def _spelled_out(value: Any) -> Any:
    """Return a value with a word for each empty text: cyclonus takes a missing label for an empty one."""
    if isinstance(value, dict):
        return {key: _spelled_out(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelled_out(item) for item in value]
    return _EMPTY if value == "" else value
