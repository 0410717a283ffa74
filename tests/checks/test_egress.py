"""Who reaches which host through the gateway for egress is exactly what was declared; each twin that opens more is found."""

import copy

import pytest
from harness import app, loaded, platform, put, run

from scaffold.checks.mesh import unasked_way
from scaffold.manifests import Manifest, Rendered
from scaffold.reach.intent import compare
from scaffold.verify import verify

AT = "namespaces/istio-egress"
RULES, DENY = f"{AT}/authorization-policy-shop.api.yaml", f"{AT}/authorization-policy-egress.yaml"
SERVER, LEADS = f"{AT}/gateway-443.api.example.com.yaml", f"{AT}/virtual-service-443.api.example.com.yaml"
ENTRY, INTO = f"{AT}/service-entry-443.api.example.com.yaml", f"{AT}/network-policy-shop.api.yaml"
ROUTE, ASKED = "namespaces/shop/virtual-service-api.example.com.yaml", "namespaces/shop/destination-rule-egress.yaml"
OUT, KNOWN = "apps/shop/api/base/network-policy.yaml", "namespaces/shop/service-entry-api.example.com.yaml"

LEADING = (SERVER, LEADS, ENTRY, ROUTE, ASKED)


@pytest.fixture(scope="module")
def made(catalog):
    """Return two Apps that call hosts, one of them at two ports, and a neighbour that calls none."""
    cluster = platform(
        mesh={"mode": "istio-sidecar"}, egressGateway={"mode": "istio-egress", "labels": {"istio": "egress", "x": "y"}, "podPort": 8443}
    )  # fmt: skip
    api = app(to=[{"host": "api.example.com", "port": 443}])
    hosts = [{"host": "bank.example.com", "port": 443}, {"host": "api.example.com", "port": 8443}]
    return run(catalog, cluster, api, app("billing", to=hosts), app("idle"))


def server(*path, to):
    return put("spec", "servers", 0, *path, to=to)


def rule(*path, to):
    return put("spec", "rules", 0, *path, to=to)


def tls(*path, to):
    return put("spec", "subsets", 0, "trafficPolicy", "tls", *path, to=to)


ANYBODY = {"rules": [{"to": [{"operation": {"ports": ["8443"]}}]}]}
INTERNET = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443, "protocol": "TCP"}]}
# By path, what is changed, and what the evaluation says of it.
TWINS = {
    "a rule without an identity": (RULES, rule("from", to=...), "shop/*stranger*"),
    "a rule without a name": (RULES, rule("when", to=...), "shop/api -> bank.example.com"),
    "any name": (RULES, rule("when", 0, "values", to=["*"]), "shop/api -> bank.example.com"),
    "any name that ends so": (RULES, rule("when", 0, "values", to=["*.example.com"]), "shop/api -> bank.example.com"),
    "a name beside": (RULES, rule("when", 0, "values", to=["443.api.example.com", "443.bank.example.com"]), "bank.example.com"),
    "another port of the host": (RULES, rule("when", 0, "values", to=["443.api.example.com", "8443.api.example.com"]), "TCP 8443"),
    "all names but one": (RULES, rule("when", 0, to={"key": "connection.sni", "notValues": ["x.example.com"]}), "bank.example.com"),
    "all of the namespace": (RULES, rule("from", 0, "source", to={"namespaces": ["shop"]}), "shop/billing -> api.example.com TCP 443"),
    "any identity": (RULES, rule("from", 0, "source", "principals", to=["*"]), "shop/billing -> api.example.com TCP 443"),
    "two rules instead of one": (RULES, lambda v: v["spec"]["rules"].append({"from": v["spec"]["rules"][0].pop("from")}), "bank.example.com"),
    "another identity": (RULES, rule("from", 0, "source", "principals", to=["cluster.local/ns/shop/sa/idle"]), "shop/api -> api.example.com"),
    "the pod's Service port": (RULES, rule("to", 0, "operation", "ports", to=["443"]), "shop/api -> api.example.com TCP 443"),
    "everything but nothing": (DENY, lambda v: v["spec"].update(ANYBODY), "shop/api -> bank.example.com"),
    "TLS passed on unopened": (SERVER, server("tls", "mode", to="PASSTHROUGH"), "shop/api -> api.example.com TCP 443"),
    "any host": (SERVER, server("hosts", to=["*"]), "shop/api -> api.example.com TCP 443"),
    "another port of the gateway": (SERVER, server("port", "number", to=8443), "shop/api -> api.example.com TCP 443"),
    "elsewhere": (LEADS, put("spec", "tcp", 0, "route", 0, "destination", "host", to="443.bank.example.com"), "shop/api -> bank.example.com"),
    "to a Service": (LEADS, put("spec", "tcp", 0, "route", 0, "destination", "host", to="db.data.svc.cluster.local"), "db.data.svc"),
    "another address": (ENTRY, put("spec", "endpoints", to=[{"address": "evil.example.com"}]), "shop/api -> evil.example.com"),
    "wherever the caller wants": (ENTRY, put("spec", "resolution", to="NONE"), "shop/api -> api.example.com"),
    "past the gateway": (ROUTE, put("spec", "gateways", to=["egress"]), "shop/api -> api.example.com TCP 443"),
    "for another host": (ROUTE, put("spec", "tls", 0, "match", 0, "sniHosts", to=["www.example.com"]), "shop/api -> api.example.com"),
    "for the neighbour": (ROUTE, put("spec", "tls", 0, "match", 0, "sourceLabels", to={"app.kubernetes.io/name": "idle"}), "shop/api"),
    "a subset of another host": (ROUTE, put("spec", "tls", 0, "route", 0, "destination", "subset", to="x"), "shop/api -> api.example.com"),
    "without identity on the way": (ASKED, tls("mode", to="DISABLE"), "shop/api -> api.example.com TCP 443"),
    "to whoever takes it": (ASKED, tls("subjectAltNames", to=...), "shop/api -> api.example.com TCP 443"),
    "for another name": (ASKED, tls("sni", to="443.bank.example.com"), "shop/api -> api.example.com TCP 443"),
    "a host that sidecars do not know": (KNOWN, put("spec", "ports", 0, "protocol", to="HTTP"), "shop/api -> api.example.com"),
    "a gateway for everybody": (INTO, put("spec", "ingress", 0, "from", to=...), "shop/*stranger*"),
    "private addresses": (INTO, put("spec", "egress", 0, "to", 0, "ipBlock", "except", 1, to="10.0.0.0/9"), "istio-egress/"),
    "the internet besides": (OUT, lambda v: v["spec"]["egress"].append(INTERNET), "shop/api -> "),
}  # fmt: skip


@pytest.fixture(scope="module")
def objects(made):
    """Return what is applied, by path."""
    return {
        file.path: loaded(file.text) for file in made.bundle.files if file.path.startswith(("apps/", "namespaces/"))
    }


def changed(objects, path, change):
    value = copy.deepcopy(objects[path])
    change(value)
    return {**objects, path: value}


def differences(made, objects):
    return [
        f"{source} -> {target} {protocol} {first}"
        for difference in compare(made.system, objects.values())
        for source, target, (protocol, first, _) in (*difference.unexpected, *difference.missing)
    ]


def unasked(made, objects):
    files = {file.path: file for file in made.bundle.files}
    manifests = tuple(Manifest(files[path], value) for path, value in objects.items())
    return {finding.check for finding in unasked_way.check(Rendered(made.system, manifests))}


def test_it_is_sound_and_no_risk(made, objects):
    """No App reaches an address outside: the names that it declared, and neither `cidrs` nor `internet`."""
    findings = verify(made.bundle, made.system).findings
    assert {one.check for one in findings if one.check.startswith(("network/", "mesh/"))} == set()
    assert (differences(made, objects), unasked(made, objects)) == ([], set())
    for name in ("api", "billing"):
        rules = objects[f"apps/shop/{name}/base/network-policy.yaml"]["spec"]["egress"]
        assert not any("ipBlock" in peer for one in rules for peer in one["to"])
    assert "istio-egress" not in str(objects["apps/shop/idle/base/network-policy.yaml"])


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_found(made, objects, name):
    path, change, flow = TWINS[name]
    twin = changed(objects, path, change)
    assert flow in "\n".join(differences(made, twin))
    if path in LEADING:
        assert unasked(made, twin) == {"mesh/unasked-way"}


@pytest.mark.parametrize("path", LEADING)
def test_what_is_missing_is_found(made, objects, path):
    twin = {own: value for own, value in objects.items() if own != path}
    assert "shop/api -> api.example.com TCP 443" in differences(made, twin)
    assert unasked(made, twin) == {"mesh/unasked-way"}
