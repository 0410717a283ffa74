"""cyclonus and our own evaluator judge every pair of pods and addresses alike, on every port; ours equals the edges.

Strangers and the pods of others are among them, and the requests are applied, too: whatever is rendered is judged.
"""

import json
import re
from functools import partial

import pytest
import yaml
from conformance.helpers import objects, paths, tweak, twin
from harness import run_answers

from scaffold.answers.load import load
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.intent import compare, foreign, strangers
from scaffold.reach.model import ALL_PORTS, Pod
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("cyclonus")

OUTSIDE = "*outside*"  # no legal name: cyclonus takes addresses for pods of a namespace, which nothing may select


def files(bundle):
    return [*paths(bundle), *sorted((bundle / "requests").rglob("*.yaml"))]


@pytest.fixture(scope="module")
def system(catalog, example):
    return run_answers(catalog, load([example], catalog)).system


@pytest.fixture(scope="module")
def evaluation(system, example):
    values = objects(files(example / "bundle"))
    policies, pods = read.policies(values), [*read.pods(values), *foreign(system), *strangers(system)]
    return Evaluation(Universe(pods, read.namespaces(values), blocks(policies)), policies)


@pytest.fixture(scope="module")
def probes(example):
    """Each port that is named anywhere, and its neighbours; one that nobody names; both protocols."""
    text = json.dumps(objects(files(example / "bundle")))
    named = {int(port) for port in re.findall(r'(?:[pP]ort|number)": "?(\d+)', text)}
    numbers = {1} | {number + step for number in named for step in (-1, 0, 1)}
    return [(protocol, number) for protocol in ("TCP", "UDP") for number in sorted(numbers)]


def ours(evaluation, probes):
    """Return who may open what to whom by our judgement, by number in the universe."""
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


def model(universe, spaces, probes):
    """Return the universe as cyclonus reads it: all pods listen on all ports; an address is a pod without labels."""
    listening = [
        {"Name": f"c{index}", "Protocol": protocol, "Port": port} for index, (protocol, port) in enumerate(probes)
    ]
    pods = [
        (node.namespace, dict(node.labels), f"10.244.0.{index}")
        if isinstance(node, Pod)
        else (OUTSIDE, {}, node.sample)
        for index, node in enumerate((*universe.pods, *universe.nets))
    ]
    named = {space: spaces.get(space, {"kubernetes.io/metadata.name": space}) for space, _, _ in pods}
    return {
        "Probes": [{"Protocol": protocol, "Port": port} for protocol, port in probes],
        "Resources": {
            "Namespaces": {**named, OUTSIDE: {}},
            "Pods": [
                {"Namespace": space, "Name": f"n{index}", "Labels": labels, "IP": address, "Containers": listening}
                for index, (space, labels, address) in enumerate(pods)
            ],
        },
    }


def theirs(answer, probes, pods):
    """Return the same by what cyclonus prints: for each probe three tables, sources down, targets across."""
    found, seen = set(), -1
    for name, table in re.findall(r"^(\w+):\n\+[-+]+\n(.*?)\n\n", answer, re.DOTALL | re.MULTILINE):
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
        if len(rows) == 1:  # what it prints after the last probe
            continue
        seen += name == "Ingress"
        numbers = [
            [int(cell.lower().rpartition("/n")[2]) for cell in cells]
            for cells in (rows[0][1:], [row[0] for row in rows[1:]])
        ]
        for source, row in zip(numbers[1], rows[1:], strict=True):
            for target, cell in zip(numbers[0], row[1:], strict=True):
                judged = {"Ingress": target < pods, "Egress": source < pods, "Combined": min(source, target) < pods}[
                    name
                ]
                if judged and cell == ".":
                    found.add((name, source, target, *probes[seen]))
                assert cell in {".", "X"}, f"{name} {source} {target}: {cell}"
    assert seen == len(probes) - 1
    return found


@pytest.fixture
def ask(run, evaluation, tmp_path):
    """Return what cyclonus says of a bundle's policies; of a file with several, it would read only the first."""

    def ask_(bundle, probes):
        values = objects(files(bundle))
        policies = [value for value in values if value["kind"] == "NetworkPolicy"]
        (tmp_path / "policies.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": policies}))
        (tmp_path / "model.json").write_text(json.dumps(model(evaluation.universe, read.namespaces(values), probes)))
        done = run(
            "cyclonus", "analyze", "--mode", "parse,probe", "--policy-path", tmp_path / "policies.yaml",
            "--probe-path", tmp_path / "model.json",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        parsed, _, tables = done.stdout.partition("probe:")
        assert all(
            f"{policy['metadata']['namespace']}/{policy['metadata']['name']}" in parsed for policy in policies
        ), parsed
        return theirs(tables, probes, len(evaluation.universe.pods))

    return ask_


def test_both_judge_alike_and_as_meant(ask, evaluation, probes, system, example, proof):
    """The halves of our own pods equal the edges in `compare`; each half, and both together, is what cyclonus says."""
    assert [
        (one.where, one.unexpected, one.missing)
        for one in compare(system, objects(paths(example / "bundle")))
        if one.unexpected or one.missing
    ] == []
    mine, other = ours(evaluation, probes), ask(example / "bundle", probes)
    assert mine
    assert sorted(mine ^ other)[:20] == []
    proof("cyclonus", example, "accepted")


def move(side, value):
    """Open the next port instead of the one that was meant."""
    value["spec"][side][0]["ports"][0]["port"] += 1


def test_one_changed_port_is_noticed(ask, evaluation, example, proof, tmp_path):
    """In each policy that opens any port."""
    for path in files(example / "bundle"):
        spec = yaml.safe_load(path.read_text("utf-8")).get("spec") or {}
        rules = [side for side in ("ingress", "egress") if spec.get(side)]
        if not rules:
            continue
        side, number = rules[0], spec[rules[0]][0]["ports"][0]["port"]
        broken = twin(example / "bundle", tmp_path / path.parent.parent.name / path.stem)
        tweak(broken / path.relative_to(example / "bundle"), partial(move, side))
        probes = [("TCP", number), ("TCP", number + 1), ("UDP", number)]
        assert ask(broken, probes) != ours(evaluation, probes), path
        assert ask(example / "bundle", probes) == ours(evaluation, probes), path
    proof("cyclonus", example, "twin_refused")
