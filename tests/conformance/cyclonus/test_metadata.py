"""No pod reaches loopback, link-local or a metadata service, by cyclonus; but a resolver for names, and its identity's address

The addresses are those that clouds document, not what we except. The twins: a block without its exceptions, and a rule for
another address or another port.
"""

import copy

import pytest
from conformance.cyclonus.judge import is_network_policy, probes_of, theirs
from conformance.helpers import objects, paths
from harness import EXAMPLES, app, platform, run

from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("cyclonus")

ABOUT = "examples, and rules as wide as may be"
METADATA = "169.254.169.254"  # of AWS, Google, Azure, OpenStack and others
CALICO = "169.254.169.252"  # as which Calico sees GKE's
AGENT, AGENT_6 = "169.254.170.23", "fd00:ec2::23"  # EKS Pod Identity's
CACHE = "169.254.20.10"  # of names, on each node
FORBIDDEN = (
    METADATA, CALICO, AGENT, AGENT_6, CACHE,
    "169.254.170.2",  # ECS
    "fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe",  # AWS, Google, Oracle
    "100.100.100.200", "168.63.129.16", "192.0.0.192",  # Alibaba, Azure, Oracle
    "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "169.254.0.1", "fe80::1",  # noqa: S104  asked about, not bound to
)  # fmt: skip
PROBES = [(protocol, port) for protocol in ("TCP", "UDP") for port in (1, 53, 80, 443, 987, 988, 8080, 8775, 32526)]
NEXT_DOOR = ("169.253.255.255", "100.100.100.201", "168.63.129.17", "fd00:ec1::254")

# As wide as an answer may be.
WIDE = {
    "to": [
        {"host": "api.example.com", "internet": True, "port": 443},
        *({"cidr": f"{first}.0.0.0/8", "port": 80} for first in (100, 168, 169, 192)),
        {"cidr": "fd00::/16", "port": 80},
    ],
}  # fmt: skip
GOOGLE = {"mode": "gke-workload-identity", "project": "shop-production", "number": "123456789012"}
EKS = {"mode": "eks-pod-identity", "cluster": "arn:aws:eks:eu-central-1:111122223333:cluster/production"}
ROLE = {"cloud": "aws", "role": "arn:aws:iam::111122223333:role/shop-api"}
# What is said of the App `api`, of the Platform, and what it alone may open then; `web` is as wide, and has no identity.
SYSTEMS = {
    "wide rules": ({}, {}, set()),
    "a principal, by Dataplane V2": (
        {"identity": {"cloud": "gcp"}}, {"cloudIdentity": GOOGLE}, {(METADATA, "TCP", 80), (METADATA, "TCP", 8080)},
    ),
    "a principal, by Calico": (
        {"identity": {"cloud": "gcp"}}, {"cloudIdentity": {**GOOGLE, "dataplane": "v1"}},
        {(CALICO, "TCP", 987), (CALICO, "TCP", 988)},
    ),
    "an association": ({"identity": ROLE}, {"cloudIdentity": EKS}, {(AGENT, "TCP", 80)}),
    "an association, over IPv6": (
        {"identity": ROLE}, {"cloudIdentity": {**EKS, "addresses": "ipv6"}}, {(AGENT_6, "TCP", 80)},
    ),
}  # fmt: skip
RESOLVED = {(CACHE, "TCP", 53), (CACHE, "UDP", 53)}


@pytest.fixture
def opened(talk):
    """Return which of the addresses the pods of some objects may open, each pod by its name, by cyclonus."""

    def pods(values):
        networks = {f"{one}/{128 if ':' in one else 32}" for one in (*FORBIDDEN, *NEXT_DOOR)}
        universe = Universe(read.pods(values), read.namespaces(values), networks)
        nodes = [*universe.pods, *universe.nets]
        probes = sorted({*PROBES, *probes_of(values, steps=(0,))})
        found = theirs(talk("cyclonus"), Evaluation(universe, ()), values, probes)
        assert {one.sample for one in universe.nets} >= {*FORBIDDEN, *NEXT_DOOR}
        return {
            (nodes[source].name, nodes[target].sample, *probe)
            for table, source, target, *probe in found
            if table == "Egress" and source < len(universe.pods) <= target
        }

    return pods


def forbidden(opened):
    return {one for one in opened if one[1] in FORBIDDEN}


def made_of(catalog, own, declared):
    made = run(catalog, app(**WIDE, **own), app("web", **WIDE), platform(dns={"cidrs": [f"{CACHE}/32"]}, **declared))
    return [
        value for part in ("namespaces/", "apps/") for value in made.objects(part) if value["kind"] != "Kustomization"
    ]


@pytest.fixture(params=SYSTEMS)
def system(request, catalog):
    """Objects whose Apps reach as much as may be said, and what they may open nevertheless."""
    own, declared, identity = SYSTEMS[request.param]
    resolved = {(name, *one) for name in ("api", "web") for one in RESOLVED}
    return made_of(catalog, own, declared), resolved | {("api", *one) for one in identity}


@pytest.mark.parametrize("folder", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_no_pod_of_an_example_reaches_one(opened, folder, proof):
    assert forbidden(opened(objects(paths(folder / "bundle")))) == set()
    proof("cyclonus", ABOUT, "accepted")


def test_wide_rules_reach_none_but_what_is_meant(opened, system, proof):
    """Next to them everything is reached."""
    values, expected = system
    found = opened(values)
    assert forbidden(found) == expected
    assert {(name, one) for name, one, *_ in found} >= {(name, one) for name in ("api", "web") for one in NEXT_DOOR}
    proof("cyclonus", ABOUT, "accepted")


def rules(values):
    for value in values:
        if is_network_policy(value):
            yield from value["spec"].get("egress", ())


def without_exceptions(rule):
    """Let a block be open as a whole."""
    for peer in rule.get("to", ()):
        peer.get("ipBlock", {}).pop("except", None)


def of_the_next_port(rule):
    """Open another port of what hands out credentials, or of the resolver."""
    if any(peer.get("ipBlock", {}).get("cidr", "").endswith(("/32", "/128")) for peer in rule.get("to", ())):
        rule["ports"].append({"port": 8775, "protocol": "TCP"})


@pytest.mark.parametrize("change", [without_exceptions, of_the_next_port])
def test_a_wider_rule_is_noticed(opened, system, change, proof):
    values, expected = copy.deepcopy(system)
    for rule in rules(values):
        change(rule)
    assert forbidden(opened(values)) > expected
    proof("cyclonus", ABOUT, "twin_refused")
