"""A ClusterNetworkPolicy keeps shut what no rule may open, whatever is added in the namespace; what was declared stays."""

import copy

import pytest
from conformance.calico.test_denied import CACHE, HOST, NEVER, OPEN, at
from conformance.cilium.judge import nodes_of, theirs
from harness import app, platform, put, run

from scaffold.reach import cluster_policy
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("cilium")

ABOUT = "a namespace that everything is opened in"
PROBES = [("TCP", 80), ("UDP", 53)]


@pytest.fixture(scope="module")
def values(catalog):
    cluster = platform(clusterNetworkPolicy={"served": True}, dns={"cidrs": [f"{CACHE}/32"]})
    made = run(catalog, cluster, app(to=[{"cidr": f"{HOST}/32", "port": 80}]), app("other", namespace="depot"))
    return [
        value for part in ("namespaces/", "apps/") for value in made.objects(part) if value["kind"] != "Kustomization"
    ]


@pytest.fixture
def judged(talk):
    """Return which addresses the App reaches, with the probe, by Cilium; and whether we say the same."""

    def both(values):
        policies = [*read.policies(values), *cluster_policy.policies(values)]
        pods = read.pods(values)
        universe = Universe(pods, read.namespaces(values), {*blocks(policies), *map(at, [*NEVER, CACHE, HOST])})
        nodes = nodes_of(evaluation := Evaluation(universe, policies))
        verdict = theirs(talk("cilium"), nodes, values, PROBES)
        assert verdict.refused == {}
        [own] = [pod for pod in pods if pod.name == "api"]
        number, first = nodes.index(own), len(pods)
        said = {
            (str(nodes[one[2]]), *one[3:])
            for one in verdict.allowed
            if one[:2] == ("Egress", number) and one[2] >= first
        }
        ours = {(str(target), *probe) for _, target, ports in evaluation.halves(own, "egress") for probe in PROBES
                if target not in universe.pods and ports[0] in {"ANY", probe[0]} and ports[1] <= probe[1] <= ports[2]}  # fmt: skip
        return said, ours

    return both


def addresses(said):
    return {address for address, *_ in said}


def policy(values):
    return next(one for one in values if cluster_policy.is_policy(one) and one["metadata"]["name"].startswith("shop"))


def test_what_is_added_opens_no_address_that_is_no_host(judged, values, proof):
    said, ours = judged([*values, OPEN])
    assert said == ours
    assert addresses(said).isdisjoint(NEVER)
    assert {HOST, CACHE} <= addresses(said)
    assert {one for one in judged(values)[0] if one[0] in {HOST, CACHE, *NEVER}} == {
        (HOST, "TCP", 80),
        (CACHE, "UDP", 53),
    }
    proof("cilium", ABOUT, "accepted")


def test_without_it_whoever_adds_a_policy_opens_the_metadata_service(judged, values, proof):
    said, ours = judged([value for value in [*values, OPEN] if not cluster_policy.is_policy(value)])
    assert said == ours
    assert set(NEVER) <= addresses(said)
    proof("cilium", ABOUT, "twin_refused")


def changed(values, change):
    broken = copy.deepcopy(values)
    change(policy(broken)["spec"])
    return broken


def test_in_the_other_order_what_was_declared_is_shut(judged, values):
    assert CACHE not in addresses(judged(changed(values, lambda spec: spec["egress"].reverse()))[0])


def another(values, priority, *rules):
    made = copy.deepcopy(policy(values))
    made["metadata"]["name"] = "another"
    made["spec"] |= {"priority": priority, "egress": list(rules)}
    return made


DENIED = {"action": "Deny", "to": [{"networks": [f"{CACHE}/32", f"{HOST}/32"]}]}


def test_what_is_passed_on_no_later_one_denies(judged, values):
    """And what an earlier one denies is not passed on."""
    own = policy(values)["spec"]["priority"]
    said, ours = judged([*values, another(values, own + 1, DENIED)])
    assert said == ours
    assert CACHE in addresses(said)
    assert HOST not in addresses(said)
    said, ours = judged([*values, another(values, own - 1, DENIED)])
    assert said == ours
    assert addresses(said).isdisjoint({CACHE, HOST})


def test_behind_the_others_it_denies_nothing(judged, values):
    broken = changed([*values, OPEN], put("tier", to="Baseline"))
    assert set(NEVER) <= addresses(judged(broken)[0])


def test_accepted_it_would_be_open_on_every_port(judged, values):
    """And so nothing is accepted: it is passed on."""
    broken = changed(values, put("egress", 0, "action", to="Accept"))
    assert (CACHE, "TCP", 80) in judged(broken)[0] - judged(values)[0]
