"""By one label Cilium cuts a pod off, whatever its App's policies allow; its own node's kubelet still asks its probes."""

import pytest
from conformance.cilium.judge import nodes_of, theirs
from harness import app, platform, put, run

from scaffold.reach import cilium
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks, names
from scaffold.reach.model import Name, Pod
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("cilium")

ABOUT = "a quarantined pod"
PROBES = [("TCP", 8080), ("TCP", 443), ("UDP", 53), ("TCP", 53), ("TCP", 5432)]
LABEL = ("scaffold/quarantine", "true")
NODE = Name("host", entity=True)


@pytest.fixture(scope="module")
def values(catalog):
    callee = app(
        ports={"http": {"port": 8080}}, to=[{"host": "api.example.com", "port": 443}, {"app": "db", "port": 5432}]
    )
    callee["spec"]["from"] = [{"app": "web", "port": "http"}, {"cidr": "198.51.100.0/24", "port": "http"}]
    made = run(catalog, platform(network={"plugin": "cilium"}), callee, app("web", to=[{"app": "api", "port": "http"}]))
    parts = ("namespaces/", "apps/", "on-demand/")
    return [value for part in parts for value in made.objects(part) if value["kind"] != "Kustomization"]


@pytest.fixture
def judged(talk):
    """Return what Cilium and we let a quarantined pod do, and others do to it; and who may ask its probes."""

    def both(values):
        policies = [*read.policies(values), *cilium.policies(values)]
        pods = read.pods(values)
        [own] = [pod for pod in pods if pod.name == "api"]
        suspect = Pod(own.namespace, "suspect", (*own.labels, LABEL), own.ports)
        resolver = Pod("kube-system", "dns", (("k8s-app", "kube-dns"),))
        universe = Universe(
            [*pods, suspect, resolver], read.namespaces(values), blocks(policies), {NODE, *names(policies)}
        )
        evaluation = Evaluation(universe, policies)
        nodes = nodes_of(evaluation)
        at, node = nodes.index(suspect), nodes.index(NODE)
        verdict = theirs(talk("cilium"), nodes, values, PROBES)
        assert verdict.refused == {}
        said = {one for one in verdict.allowed if one[0] == "Combined" and at in one[1:3] and one[1] != node}
        ours = evaluation.halves(suspect, "egress") | evaluation.halves(suspect, "ingress")
        return said, ours, {one[3:] for one in verdict.allowed if one[:3] == ("Ingress", node, at)}

    return both


def test_a_quarantined_pod_reaches_nobody_and_nobody_reaches_it(judged, values, proof):
    said, ours, of_its_node = judged(values)
    assert said == set()
    assert ours == set()
    assert of_its_node == set(
        PROBES
    )  # the kubelet: a probe that fails restarts the container, and what it had in memory
    proof("cilium", ABOUT, "accepted")


def test_without_the_policy_it_has_what_its_app_has(judged, values, proof):
    said, ours, _ = judged([value for value in values if value["metadata"]["name"] != "pods.quarantine"])
    assert len(said) > 3
    assert ours
    proof("cilium", ABOUT, "twin_refused")


def test_all_entities_would_shut_out_the_kubelet(judged, values):
    broken = [dict(value) for value in values]
    [own] = [value for value in broken if value["metadata"]["name"] == "pods.quarantine"]
    own["spec"] = own["spec"] | {"ingressDeny": [{"fromEntities": ["all"]}]}
    assert judged(broken)[2] == set()


@pytest.mark.parametrize("side", ["ingressDeny", "egressDeny"])
def test_both_sides_are_shut(judged, values, side):
    broken = [
        value | {"spec": dict(value["spec"])} if value["metadata"]["name"] == "pods.quarantine" else value
        for value in values
    ]
    for value in broken:
        if value["metadata"]["name"] == "pods.quarantine":
            put("spec", side, to=...)(value)
    said, ours, _ = judged(broken)
    assert said
    assert ours
