"""What a ClusterNetworkPolicy denies is what no rule may open, and no more; each twin of one is found."""

import pytest
from checks.test_cilium import found
from harness import app, platform, put, run

from scaffold.verify import verify

POLICY = "namespaces/shop/cluster-network-policy.yaml"


@pytest.fixture(scope="module")
def made(catalog):
    cluster = platform(clusterNetworkPolicy={"served": True}, dns={"cidrs": ["169.254.20.10/32"]})
    return run(catalog, cluster, app(to=[{"cidr": "198.51.100.0/24", "port": 25}]))


def more(rule):
    return lambda value: value["spec"]["egress"].append(rule)


def denied(**peer):
    return more({"action": "Deny", "to": [peer]})


MISMATCH, UNJUDGED = "network/flow-mismatch", "network/unjudged-policy"
TWINS = {
    "what was declared is not passed on": (lambda value: value["spec"]["egress"].pop(0), MISMATCH),
    "what the App reaches is denied": (denied(networks=["198.51.100.0/25"]), MISMATCH),
    "pods are denied": (denied(namespaces={}), UNJUDGED),
    "it accepts": (put("spec", "egress", 0, "action", to="Accept"), UNJUDGED),
    "it passes on behind": (lambda value: value["spec"]["egress"].reverse(), UNJUDGED),
    "some ports": (put("spec", "egress", 1, "protocols", to=[{"tcp": {"destinationPort": {"number": 80}}}]), UNJUDGED),
    "callers": (put("spec", "ingress", to=[{"action": "Accept", "from": [{"namespaces": {}}]}]), UNJUDGED),
    "tier Baseline": (put("spec", "tier", to="Baseline"), UNJUDGED),
    "every namespace": (put("spec", "subject", to={"namespaces": {}}), "documents/misplaced-object"),
    "another namespace": (
        put("spec", "subject", "namespaces", "matchLabels", "kubernetes.io/metadata.name", to="data"),
        "documents/misplaced-object",
    ),
}


def test_it_is_sound(made):
    assert {one.check for one in verify(made.bundle, made.system).findings if one.severity != "note"} == set()


@pytest.mark.parametrize(("twin", "check"), TWINS.values(), ids=TWINS)
def test_a_twin_is_found(made, twin, check):
    assert check in found(made, twin, POLICY)
