"""What no rule may open Calico keeps shut by its order, whatever is added to the App's policies; what was declared stays.

So it does with a pod in quarantine, which reaches nobody, and whom nobody reaches.
"""

import copy

import pytest
from conformance.calico.judge import nodes_of, theirs
from harness import app, platform, put, run

from scaffold.reach import calico
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.model import Pod
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("calico")

ADDED, SUSPECT = "a pod that everything is opened to", "a quarantined pod"
METADATA, CACHE, RESOLVER, HOST = "169.254.169.254", "169.254.20.10", "169.254.20.11", "198.51.100.7"
NEVER = [
    METADATA,
    RESOLVER,
    "127.0.0.1",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "64:ff9b::1",
]
PROBES = [("TCP", 80), ("UDP", 53), ("TCP", 8080)]
OPEN = {
    "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "debug", "namespace": "shop"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]},
}  # fmt: skip
LABEL = ("scaffold/quarantine", "true")


@pytest.fixture(scope="module")
def values(catalog):
    callee = app(ports={"http": {"port": 8080}}, to=[{"cidr": f"{HOST}/32", "port": 80}])
    callee["spec"]["from"] = [{"app": "web", "port": "http"}]
    cluster = platform(network={"plugin": "calico"}, dns={"cidrs": [f"{CACHE}/32"]})
    made = run(catalog, cluster, callee, app("web", to=[{"app": "api", "port": "http"}]))
    parts = ("namespaces/", "apps/", "on-demand/")
    return [value for part in parts for value in made.objects(part) if value["kind"] != "Kustomization"]


@pytest.fixture
def judged(talk):
    """Return whom a pod reaches, and who reaches it, by Calico; with what we say of both."""

    def both(values, suspected=()):
        policies = [*read.policies(values), *calico.policies(values)]
        pods = read.pods(values)
        [own] = [pod for pod in pods if pod.name == "api"]
        pod = Pod(own.namespace, "suspect", (*own.labels, *suspected), own.ports)
        universe = Universe([*pods, pod], read.namespaces(values), {*blocks(policies), *map(at, [*NEVER, CACHE, HOST])})
        evaluation = Evaluation(universe, policies)
        nodes = nodes_of(evaluation)
        verdict = theirs(talk("calico"), nodes, values, PROBES)
        assert verdict.refused == {}
        number = nodes.index(pod)
        said = {(str(nodes[one[2 if one[1] == number else 1]]), one[0] if one[1] == number else "Ingress", one[3:])
                for one in verdict.allowed
                if (one[0], one[1]) == ("Egress", number) or (one[0], one[2]) == ("Ingress", number)}  # fmt: skip
        halves = evaluation.halves(pod, "egress") | evaluation.halves(pod, "ingress")
        ours = {(str(target if source == pod else source), "Egress" if source == pod else "Ingress", probe)
                for source, target, ports in halves for probe in PROBES
                if ports[0] in {"ANY", probe[0]} and ports[1] <= probe[1] <= ports[2]}  # fmt: skip
        assert {one for one in said ^ ours if one[0] != str(pod)} == set()
        return said

    return both


def at(address):
    return f"{address}/{128 if ':' in address else 32}"


def policy(values, name):
    return next(one for one in values if calico.is_policy(one) and one["metadata"]["name"] == name)


def reached(said):
    return {name for name, side, _ in said if side == "Egress"}


def test_what_is_added_opens_no_address_that_is_no_host(judged, values, proof):
    added = [*values, OPEN]
    assert reached(judged(added)).isdisjoint(NEVER)
    assert {HOST, CACHE, "shop/web"} <= reached(judged(added))
    assert reached(judged(values)) == {HOST, CACHE}
    proof("calico", ADDED, "accepted")


def test_behind_the_others_it_would_deny_nothing(judged, values, proof):
    broken = copy.deepcopy([*values, OPEN])
    policy(broken, "api-never-opened")["spec"]["order"] = 1001
    assert set(NEVER) <= reached(judged(broken))
    proof("calico", ADDED, "twin_refused")


def test_a_quarantined_pod_reaches_nobody_and_nobody_reaches_it(judged, values, proof):
    assert judged([*values, OPEN], [LABEL]) == set()
    assert len(judged([*values, OPEN])) > 3
    proof("calico", SUSPECT, "accepted")


@pytest.mark.parametrize("side", ["ingress", "egress"])
def test_both_sides_are_shut(judged, values, side, proof):
    broken = copy.deepcopy([*values, OPEN])
    policy(broken, "quarantine")["spec"][side] = []
    policy(broken, "quarantine")["spec"]["types"].remove(side.capitalize())
    assert {one[1] for one in judged(broken, [LABEL])} == {side.capitalize()}
    proof("calico", SUSPECT, "twin_refused")


TWINS = {
    "a word that is no action": put("spec", "egress", 0, "action", to="Drop"),
    "a selector of one equals sign": put("spec", "selector", to="app.kubernetes.io/name = 'api'"),
    "both families in one rule": put("spec", "egress", 0, "destination", "notNets", to=["fe80::1/128"]),
    "a network that is none": put("spec", "egress", 0, "destination", "nets", 0, to="169.254.0.0/33"),
    "a misspelt field": put("spec", "egress", 0, "destination", "net", to=[]),
    "a type that is none": put("spec", "types", to=["Outgoing"]),
}


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_a_policy_that_says_nothing_is_refused(talk, values, twin):
    broken = copy.deepcopy(values)
    twin(policy(broken, "api-never-opened"))
    assert [*theirs(talk("calico"), [], broken, []).refused] == ["NetworkPolicy shop/api-never-opened"]
