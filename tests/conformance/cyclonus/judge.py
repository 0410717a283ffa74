"""Two judges of the same policies: cyclonus, and our own evaluator, in one form that can be compared.

A judgement is a set of (table, source, target, protocol, port): the table says which half (`Ingress`, `Egress`) or both
(`Combined`); source and target are numbers in the universe, pods first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.intent import foreign, strangers
from scaffold.reach.model import ALL_PORTS, Pod
from scaffold.reach.universe import Universe
from scaffold.system.model import System

Objects = list[dict[str, Any]]
Probe = tuple[str, int]
Judgement = set[tuple[str, int, int, str, int]]

_OUTSIDE = "*outside*"  # no legal name: cyclonus takes addresses for pods of a namespace, which nothing may select

_EMPTY = "*empty*"  # no legal value


def evaluation_of(system: System, values: Objects) -> Evaluation:
    """Return our evaluation of some objects; the pods of others and strangers are among those judged."""
    policies, pods = read.policies(values), [*read.pods(values), *foreign(system), *strangers(system)]
    return Evaluation(Universe(pods, read.namespaces(values), blocks(policies)), policies)


def probes_of(values: Objects, steps: Iterable[int] = (-1, 0, 1)) -> list[Probe]:
    """Return each port that is named anywhere, with its neighbours, and one that nobody names; in both protocols."""
    named = {int(port) for port in re.findall(r'(?:[pP]ort|number)": "?(\d+)', json.dumps(values))}
    numbers = {1} | {number + step for number in named for step in steps}
    return [(protocol, number) for protocol in ("TCP", "UDP") for number in sorted(numbers) if number < 65536]


def ours(evaluation: Evaluation, probes: Sequence[Probe]) -> Judgement:
    """Return who may open what to whom by our judgement."""
    universe = evaluation.universe
    number = {node: index for index, node in enumerate((*universe.pods, *universe.nets))}
    found = {"Combined": evaluation.flows(universe.pods)}
    for direction in ("Ingress", "Egress"):
        found[direction] = {flow for pod in universe.pods for flow in evaluation.halves(pod, direction.lower())}
    return {
        (table, number[source], number[target], protocol, port)
        for table, flows in found.items()
        for source, target, ports in flows
        for protocol, port in probes
        if ports == ALL_PORTS or (protocol == ports[0] and ports[1] <= port <= ports[2])
    }


def theirs(
    run: Callable[..., Any], folder: Path, evaluation: Evaluation, values: Objects, probes: Sequence[Probe]
) -> Judgement:
    """Return the same by cyclonus' judgement of the policies among some objects."""
    policies = [value for value in values if value["kind"] == "NetworkPolicy"]
    # A list, since of several documents it would read only the first; JSON, since it takes an unquoted `y` for true.
    listed = {"apiVersion": "v1", "kind": "List", "items": policies}
    model = _model(evaluation.universe, read.namespaces(values), probes)
    for name, value in (("policies.yaml", listed), ("model.json", model)):
        (folder / name).write_text(json.dumps(_spelled_out(value)))
    done = run(
        "cyclonus", "analyze", "--mode", "parse,probe", "--policy-path", folder / "policies.yaml",
        "--probe-path", folder / "model.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    parsed, _, tables = done.stdout.partition("probe:")
    names = [f"{policy['metadata']['namespace']}/{policy['metadata']['name']}" for policy in policies]
    assert [name for name in names if name not in parsed] == []
    return _tables(tables, probes, len(evaluation.universe.pods))


def _spelled_out(value: Any) -> Any:
    """Return a value with a word for each empty label: cyclonus takes a missing label for an empty one."""
    if isinstance(value, dict):
        return {key: _spelled_out(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelled_out(item) for item in value]
    return _EMPTY if value == "" else value


def _model(universe: Universe, spaces: dict[str, Any], probes: Sequence[Probe]) -> dict[str, Any]:
    """Return the universe as cyclonus reads it: all pods listen on all ports; an address is a pod without labels."""
    listening = [
        {"Name": f"c{index}", "Protocol": protocol, "Port": port} for index, (protocol, port) in enumerate(probes)
    ]
    pods = [
        (node.namespace, dict(node.labels), f"10.244.0.{index}")
        if isinstance(node, Pod)
        else (_OUTSIDE, {}, node.sample)
        for index, node in enumerate((*universe.pods, *universe.nets))
    ]
    named = {space: spaces.get(space, {"kubernetes.io/metadata.name": space}) for space, _, _ in pods}
    return {
        "Probes": [{"Protocol": protocol, "Port": port} for protocol, port in probes],
        "Resources": {
            "Namespaces": {**named, _OUTSIDE: {}},
            "Pods": [
                {"Namespace": space, "Name": f"n{index}", "Labels": labels, "IP": address, "Containers": listening}
                for index, (space, labels, address) in enumerate(pods)
            ],
        },
    }


def _tables(answer: str, probes: Sequence[Probe], pods: int) -> Judgement:
    """Read what cyclonus prints: for each probe three tables, sources down, targets across."""
    found, seen = set(), -1
    for name, table in re.findall(r"^(\w+):\n\+[-+]+\n(.*?)\n\n", answer, re.DOTALL | re.MULTILINE):
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
        if len(rows) == 1:  # what it prints after the last probe
            continue
        seen += name == "Ingress"
        across, down = (
            [int(cell.lower().rpartition("/n")[2]) for cell in cells] for cells in (rows[0][1:], [row[0] for row in rows[1:]])
        )  # fmt: skip
        for source, row in zip(down, rows[1:], strict=True):
            for target, cell in zip(across, row[1:], strict=True):
                assert cell in {".", "X"}, f"{name} {source} {target}: {cell}"
                # Of an end that is an address there is no half.
                judged = {"Ingress": target, "Egress": source, "Combined": min(source, target)}[name] < pods
                if judged and cell == ".":
                    found.add((name, source, target, *probes[seen]))
    assert seen == len(probes) - 1
    return found
