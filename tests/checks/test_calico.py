"""What Calico's own policies shut is what no rule may open, and no more; each twin of one is found, whatever it does."""

import pytest
from checks.test_cilium import found
from harness import app, platform, put, run

from scaffold.verify import verify

POLICY = "apps/shop/api/base/calico-network-policy.yaml"
QUARANTINE = "on-demand/shop/quarantine.yaml"


@pytest.fixture(scope="module")
def made(catalog):
    cluster = platform(network={"plugin": "calico"}, dns={"cidrs": ["169.254.20.10/32"]})
    return run(catalog, cluster, app(to=[{"cidr": "198.51.100.0/24", "port": 25}]))


def more(rule):
    return lambda value: value["spec"]["egress"].append(rule)


def test_it_is_sound(made):
    assert {one.check for one in verify(made.bundle, made.system).findings if one.check.startswith("network/")} == set()


TWINS = {
    "the node's resolver is denied": (put("spec", "egress", 0, "destination", "notNets", to=...), "network/flow-mismatch"),
    "what the App reaches is denied": (more({"action": "Deny", "destination": {"nets": ["198.51.100.0/25"]}}), "network/flow-mismatch"),
    "everything is denied": (more({"action": "Deny"}), "network/flow-mismatch"),
    "the resolvers are denied": (
        more({"action": "Deny", "destination": {"namespaceSelector": "projectcalico.org/name == 'kube-system'"}}), "network/flow-mismatch",
    ),
    "it allows": (more({"action": "Allow"}), "network/unjudged-policy"),
    "it passes on": (put("spec", "egress", 0, "action", to="Pass"), "network/unjudged-policy"),
    "it comes behind": (put("spec", "order", to=1001), "network/unjudged-policy"),
    "it allows behind": (put("spec", to={"order": 1001, "types": ["Egress"], "selector": "all()", "egress": [{"action": "Allow"}]}), "network/flow-mismatch"),
    "another tier": (put("spec", "tier", to="platform"), "network/unjudged-policy"),
    "no pods": (put("spec", "selector", to="app.kubernetes.io/name == 'apj'"), "network/dangling-selector"),
    "a network with more bits": (put("spec", "egress", 0, "destination", "nets", 4, to="169.254.1.0/16"), "network/refused-block"),
}  # fmt: skip


@pytest.mark.parametrize(("twin", "check"), TWINS.values(), ids=TWINS)
def test_a_twin_is_found(made, twin, check):
    assert check in found(made, twin, POLICY)


@pytest.mark.parametrize("side", ["ingress", "egress"])
def test_a_quarantine_that_allows_is_found(made, side):
    assert found(made, put("spec", side, 0, "action", to="Allow"), QUARANTINE) >= {"network/opened-by-quarantine"}


def test_no_app_has_a_policy_of_the_name_of_the_quarantine(catalog):
    """It would be replaced in an incident."""
    made = run(catalog, platform(network={"plugin": "calico"}), app(name="quarantine"))
    names = [value["metadata"]["name"] for value in made.objects("") if value["apiVersion"] == "projectcalico.org/v3"]
    assert len(names) == len(set(names)) == 2
