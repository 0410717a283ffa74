"""Rows say of each pair what the evaluator says, which looks at pairs; and what is drawn means exactly these pairs."""

import json

import pytest
from graph.pairs import drawn_pairs, evaluated_pairs, flows_of, read
from harness import EXAMPLES, ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from reach import test_authorization as mesh_cases
from reach import test_evaluate as policy_cases
from reach import test_tiers as tiers

from scaffold.graph.cluster import cluster
from scaffold.graph.objects import objects
from scaffold.graph.rows import Rows
from scaffold.graph.trees import read_trees
from scaffold.reach import cluster_policy, manifests
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.mesh import Admission, read_mesh
from scaffold.reach.tiers import bits
from scaffold.reach.universe import Universe

SPACES = {
    "n1": {"kubernetes.io/metadata.name": "n1", "a": "1"},
    "n2": {"kubernetes.io/metadata.name": "n2", "b": "2"},
}
MANIFESTS = sorted((ROOT / "tests/graph/manifests").glob("*.yaml"))


def both(pods, policies, mesh_objects, exempt=()):
    read_policies, mesh = manifests.policies(policies), read_mesh(mesh_objects)
    read_policies += cluster_policy.policies(policies)
    universe = Universe(pods, SPACES, blocks(read_policies) | mesh.blocks)
    admission = Admission(universe, mesh)
    expected = Evaluation(universe, read_policies, exempt, admission).flows(universe.pods)
    return flows_of(Rows(universe, read_policies, admission, exempt)), expected


@settings(max_examples=100)
@given(policy_cases.PODS, st.lists(policy_cases.POLICY, max_size=4), st.integers(0, 2))
def test_rows_are_what_the_evaluation_says(pods, policies, exempt):
    mine, expected = both(pods, policies, [], pods[:exempt])
    assert mine == expected


@settings(max_examples=50, deadline=None)
@given(policy_cases.PODS, st.lists(policy_cases.POLICY, max_size=2), tiers.WIDE, st.integers(0, 2))
def test_rows_are_what_the_evaluation_says_in_tiers(pods, policies, wides, exempt):
    mine, expected = both(pods, [*policies, *wides], [], pods[:exempt])
    assert mine == expected


@settings(max_examples=100)
@given(
    mesh_cases.PODS,
    st.lists(policy_cases.POLICY, max_size=2),
    st.lists(mesh_cases.POLICY, max_size=3),
    mesh_cases.AUTHENTICATIONS,
)
def test_rows_are_what_the_evaluation_says_in_a_mesh(pods, policies, authorizations, authentications):
    mine, expected = both(pods, policies, [*authorizations, *authentications])
    assert mine == expected


def workload(pod):
    """Return a pod as a manifest."""
    ports = [{"name": name, "protocol": protocol, "containerPort": number} for name, protocol, number in pod.ports]
    metadata = {"name": pod.name, "namespace": pod.namespace, "labels": dict(pod.labels)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"ports": ports}]}}


def means_what_it_draws(seen):
    evaluation = Evaluation(seen.universe, [one for one, _ in seen.policies], seen.named, seen.admission)
    wanted = evaluated_pairs(seen, evaluation.flows(seen.universe.pods))
    drawn, own = drawn_pairs(seen)
    looped = {ends for ends in wanted if ends[0] == ends[1]} | own.keys()
    assert {ends: ports for ends, ports in drawn.items() if ends not in looped} == {
        ends: ports for ends, ports in wanted.items() if ends not in looped
    }
    assert {ends for ends in looped if ends in wanted} <= drawn.keys() | own.keys()


@settings(max_examples=100)
@given(policy_cases.PODS, st.lists(policy_cases.POLICY, max_size=4))
def test_what_is_drawn_is_what_is_meant(pods, policies):
    pods = list({(pod.namespace, pod.name): pod for pod in pods}.values())
    for number, policy in enumerate(policies):
        policy["metadata"]["name"] = f"p{number}"
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}} for name, labels in SPACES.items()]  # fmt: skip
    found = read("---\n".join(json.dumps(one) + "\n" for one in (*spaces, *map(workload, pods), *policies)))
    assert len(found.read) == len(pods) + len(policies) + 2
    means_what_it_draws(cluster(found.read))


@settings(max_examples=30, deadline=None)
@given(policy_cases.PODS, st.lists(policy_cases.POLICY, max_size=2), tiers.WIDE)
def test_what_is_drawn_is_what_is_meant_in_tiers(pods, policies, wides):
    pods = list({(pod.namespace, pod.name): pod for pod in pods}.values())
    for number, policy in enumerate(policies):
        policy["metadata"]["name"] = f"p{number}"
    found = read("---\n".join(json.dumps(one) + "\n" for one in (*map(workload, pods), *policies, *wides)))
    means_what_it_draws(cluster(found.read))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_what_is_drawn_of_manifests_by_hand_is_what_is_meant(path):
    means_what_it_draws(cluster(read(path.read_text()).read))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_what_is_drawn_of_examples_is_what_is_meant(path):
    tree = read_trees([str(path / "bundle")])
    means_what_it_draws(cluster(objects(tree.documents).read))


@given(st.integers(0, 1 << 80))
def test_bits(mask):
    assert sum(1 << index for index in bits(mask)) == mask
