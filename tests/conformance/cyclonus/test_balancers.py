"""Pods behind a load balancer are open to the declared networks on the declared ports, and to nobody more, by cyclonus

Where pods see their callers' addresses these are the callers' networks, elsewhere the balancer's own. The twins: a rule
without its ports, and one without its networks.
"""

import copy

import pytest
from conformance.cyclonus.judge import is_network_policy, theirs
from harness import app, platform, run

from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation
from scaffold.reach.model import Pod
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("cyclonus")

ABOUT = "balancers of each kind"
PORTS = {"https": {"port": 8443, "service": 443}, "admin": {"port": 9000}}
PROBES = [(protocol, port) for protocol in ("TCP", "UDP") for port in (443, 8443, 9000, 9001)]
CALLER, OPERATOR, NODE = "203.0.113.9", "198.51.100.9", "10.0.0.9"
OTHERS = ("192.0.2.9", "10.244.0.9", "10.1.0.9", "169.254.169.254", "2001:db8::9", "2600::9", "8.8.8.8", "fd00::9")
NETWORKS = ["10.0.0.0/20", "10.96.0.0/12", "10.244.0.0/16"]
# How the balancer passes on, whom it lets in, and which addresses open which port then.
DECLARED = [
    {"loadBalancer": "edge", "port": "https", "cidrs": ["203.0.113.0/24"]},
    {"loadBalancer": "inner", "port": "admin", "cidrs": ["198.51.100.0/24"]},
]
EVERYBODY = [{"loadBalancer": "edge", "port": "https", "internet": True}]
KINDS = {
    "preserved": ({"source": "preserved"}, DECLARED, {(CALLER, 8443), (OPERATOR, 9000)}),
    "unpreserved": (
        {"source": "unpreserved", "cidrs": ["10.0.0.0/20"]}, DECLARED, {(NODE, 8443), (NODE, 9000)},
    ),
    "asking pods for their health": (
        {"source": "preserved", "healthChecks": ["10.0.0.0/20"]}, DECLARED[:1], {(CALLER, 8443), (NODE, 8443)},
    ),
    "for everybody": (
        {"source": "preserved"}, EVERYBODY,
        {(one, 8443) for one in (CALLER, OPERATOR, "192.0.2.9", "2001:db8::9", "2600::9", "8.8.8.8")},
    ),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request, catalog):
    """Objects of an App behind balancers, the ports of their Services, and which addresses may open what."""
    balancer, declared, expected = KINDS[request.param]
    own = app(ports=PORTS, **{"from": declared})
    made = run(
        catalog,
        own,
        app("web"),
        platform(clusterNetworks=NETWORKS, loadBalancers={"edge": balancer, "inner": copy.deepcopy(balancer)}),
    )
    values = [value for part in ("namespaces/", "apps/") for value in made.objects(part)]
    balanced = [one["spec"] for one in values if one["kind"] == "Service" and one["spec"]["type"] == "LoadBalancer"]
    ports = {PORTS[port["targetPort"]]["port"] for spec in balanced for port in spec["ports"]}
    return values, ports, {(one, "TCP", port) for one, port in expected}


@pytest.fixture
def let_in(talk):
    """Return who may open what at the pods behind the balancer, by cyclonus: addresses, and other pods by their names."""

    def callers(values):
        networks = {f"{one}/{128 if ':' in one else 32}" for one in (CALLER, OPERATOR, NODE, *OTHERS)}
        pods = [*read.pods(values), Pod("shop", "stranger"), Pod("elsewhere", "stranger")]
        universe = Universe(pods, read.namespaces(values), networks)
        nodes = [*universe.pods, *universe.nets]
        [own] = [number for number, pod in enumerate(pods) if pod.name == "api"]
        return {
            (nodes[source].name if source < len(pods) else nodes[source].sample, *probe)
            for table, source, target, *probe in theirs(talk("cyclonus"), Evaluation(universe, ()), values, PROBES)
            if table == "Ingress" and target == own != source
        }

    return callers


def asked_for(found):
    """Return what of it is about the addresses that are asked about: the rest of each family is theirs, too."""
    return {one for one in found if one[0] in {CALLER, OPERATOR, NODE, *OTHERS, "api", "web", "stranger"}}


def test_nobody_but_the_declared_is_let_in(let_in, kind, proof):
    """On the ports that the balancers' Services lead to, and no other."""
    values, ports, expected = kind
    assert asked_for(let_in(values)) == expected
    assert ports == {port for *_, port in expected}
    proof("cyclonus", ABOUT, "accepted")


@pytest.mark.parametrize("part", ["ports", "from"])
def test_a_wider_rule_is_noticed(let_in, kind, part, proof):
    values, _, expected = copy.deepcopy(kind)
    [policy] = [one for one in values if is_network_policy(one) and one["metadata"]["name"] == "api"]
    for rule in policy["spec"]["ingress"]:
        del rule[part]
    assert asked_for(let_in(values)) > expected
    proof("cyclonus", ABOUT, "twin_refused")
