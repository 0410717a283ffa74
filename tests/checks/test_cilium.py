"""What Cilium's own policies open is exactly what was declared; each twin of one is found, whatever it opens or shuts."""

import pytest
from harness import app, edited, platform, put, run

from scaffold.errors import FindingsError
from scaffold.verify import verify

POLICY = "apps/shop/api/base/cilium-network-policy.yaml"
PLAIN = "apps/shop/api/base/network-policy.yaml"
DNS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}, "podSelector": {}}


@pytest.fixture(scope="module")
def made(catalog):
    hosts = [{"host": "api.example.com", "port": 443}, {"host": "data.example.com", "port": 5432}]
    cilium = platform(network={"plugin": "cilium"}, dns={"cidrs": ["203.0.113.53/32"]})
    return run(catalog, cilium, app(to=[*hosts, {"cidr": "198.51.100.0/24", "port": 25}]))


def rule(kind):
    """Return what finds the first rule of a kind."""
    return lambda value: next(one for one in value["spec"]["egress"] if kind in one)


def at(kind, *path, to):
    return lambda value: put(*path, to=to)(rule(kind)(value))


def more(side, entry):
    return lambda value: value["spec"].setdefault(side, []).append(entry)


HTTP = {"ports": [{"port": "80", "protocol": "TCP"}]}
TWINS = {
    "DNS over UDP alone": at("toEndpoints", "toPorts", 0, "ports", to=[{"port": "53", "protocol": "UDP"}]),
    "no DNS rule": lambda v: [one["toPorts"][0].pop("rules", None) for one in v["spec"]["egress"]],
    "names without DNS": lambda v: v["spec"].update(egress=[rule("toFQDNs")(v)]),
    "DNS of other names": lambda v: [
        one["toPorts"][0].update(rules={"dns": [{"matchName": "data.example.com"}]})
        for one in v["spec"]["egress"]
        if "toFQDNs" not in one
    ],
    "another host": at("toFQDNs", "toFQDNs", 0, "matchName", to="api.example.org"),
    "every subdomain": at("toFQDNs", "toFQDNs", to=[{"matchName": "api.example.com"}, {"matchPattern": "*.example.com"}]),
    "another port": at("toFQDNs", "toPorts", 0, "ports", 0, "port", to="80"),
    "every port": at("toFQDNs", "toPorts", to=...),
    "a resolver anywhere": at(
        "toEndpoints", "toEndpoints", 0, "matchLabels", to={"k8s:io.kubernetes.pod.namespace": "kube-system"}
    ),
    "the world": more("egress", {"toEntities": ["world"], "toPorts": [HTTP]}),
    "the nodes": more("egress", {"toEntities": ["host"], "toPorts": [HTTP]}),
    "everybody": more("egress", {"toPorts": [HTTP]}),
    "callers": more("ingress", {"fromEndpoints": [{}]}),
    "callers on nodes": more("ingress", {"fromEntities": ["remote-node"]}),
    "all is denied": more("egressDeny", {"toEntities": ["all"]}),
    "a network is denied": more("egressDeny", {"toCIDR": ["198.51.100.0/25"]}),
    "the resolver is denied": more("egressDeny", {"toEndpoints": [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "kube-system"}}]}),
}  # fmt: skip


def found(made, change, path=POLICY):
    with pytest.raises(FindingsError) as caught:
        verify(edited(made.bundle, path, change), made.system)
    return {finding.check for finding in caught.value.findings if finding.severity == "error"}


def test_hosts_are_sound_and_no_risk(made):
    findings = verify(made.bundle, made.system).findings
    assert {one.check for one in findings if one.check.startswith("network/")} == set()


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_a_twin_is_found(made, twin):
    assert found(made, twin) == {"network/flow-mismatch"}


def test_an_exception_outside_its_network_is_found(made):
    blocks = [{"cidr": "203.0.113.53/32", "except": ["192.0.2.0/24"]}]
    assert "network/refused-block" in found(made, at("toCIDRSet", "toCIDRSet", to=blocks))


@pytest.mark.parametrize(
    "rule",
    [
        {"toServices": [{"k8sService": {"serviceName": "x"}}]},
        {"toEndpoints": [{"matchLabels": {"io.cilium.k8s.policy.serviceaccount": "x"}}]},
        {"toEntities": ["cluster-mesh"]},
        {"icmps": [{"fields": [{"type": 8}]}]},
        {"toEndpoints": [{}], "toPorts": [{"ports": [{"port": "443"}], "serverNames": ["x"]}]},
    ],
    ids=lambda rule: next(iter(rule)),
)
def test_what_is_not_judged_is_refused(made, rule):
    assert "network/unjudged-policy" in found(made, more("egress", rule))


def test_a_selector_of_nobody_is_found(made):
    """The API server takes it, and Cilium selects no pod."""
    assert "network/dangling-selector" in found(made, put("spec", "endpointSelector", "matchLabels", to={"app": "x"}))
