"""Who reaches which host through the waypoint for egress is exactly what was declared; each twin that opens more is found."""

import pytest
from checks.test_egress import changed, differences, unasked
from harness import app, loaded, platform, put, run

from scaffold.verify import verify

AT = "namespaces/istio-egress"
RULES, DENY = f"{AT}/authorization-policy-shop.api.api.example.com.yaml", f"{AT}/authorization-policy-egress.yaml"
ENTRY, INTO = f"{AT}/service-entry-api.example.com.yaml", f"{AT}/network-policy-shop.api.yaml"
OUT = "apps/shop/api/base/network-policy.yaml"
LABEL = "istio.io/use-waypoint"


@pytest.fixture(scope="module")
def made(catalog):
    """Return two Apps of two namespaces that call hosts, one of them at two ports, and a neighbour that calls none."""
    gateway = {
        "mode": "istio-egress-waypoint",
        "name": "out",
        "labels": {"gateway.networking.k8s.io/gateway-name": "out", "x": "y"},
    }
    api = app(to=[{"host": "api.example.com", "port": 443}])
    hosts = [{"host": "bank.example.com", "port": 443}, {"host": "api.example.com", "port": 8443}]
    cluster = platform(mesh={"mode": "istio-ambient"}, egressGateway=gateway)
    return run(catalog, cluster, api, app("billing", "money", to=hosts), app("idle"))  # fmt: skip


@pytest.fixture(scope="module")
def objects(made):
    """Return what is applied, by path."""
    return {
        file.path: loaded(file.text) for file in made.bundle.files if file.path.startswith(("apps/", "namespaces/"))
    }


def rule(*path, to):
    return put("spec", "rules", 0, *path, to=to)


def target(**fields):
    return lambda value: value["spec"]["targetRefs"][0].update(fields)


INTERNET = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443, "protocol": "TCP"}]}
EVERYBODY = {"rules": [{"to": [{"operation": {"ports": ["443"]}}]}]}
API, BANK = "shop/api -> api.example.com TCP 443", "shop/api -> bank.example.com TCP 443"
# By path, what is changed, and what the evaluation says of it.
TWINS = {
    "a rule without an identity": (RULES, rule("from", to=...), "shop/*stranger*"),
    "any identity": (RULES, rule("from", 0, "source", "principals", to=["*"]), "money/billing -> api.example.com TCP 443"),
    "all of the namespace": (RULES, rule("from", 0, "source", to={"namespaces": ["money"]}), "money/billing -> api.example.com TCP 443"),
    "another identity": (RULES, rule("from", 0, "source", "principals", to=["cluster.local/ns/shop/sa/idle"]), API),
    "a rule without a port": (RULES, rule("to", to=...), "shop/api -> api.example.com TCP 8443"),
    "another port": (RULES, rule("to", 0, "operation", "ports", to=["8443"]), "shop/api -> api.example.com TCP 8443"),
    "a rule without a name": (RULES, rule("when", to=...), "shop/api -> any name at api.example.com TCP 443"),
    "any name": (RULES, rule("when", 0, "values", to=["*"]), "shop/api -> * at api.example.com TCP 443"),
    "any name that ends so": (RULES, rule("when", 0, "values", to=["*.example.com"]), "shop/api -> *.example.com at api.example.com"),
    "a name beside": (RULES, rule("when", 0, "values", to=["api.example.com", "x.example.net"]), "shop/api -> x.example.net at api"),
    "all names but one": (RULES, rule("when", 0, to={"key": "connection.sni", "notValues": ["x.example.net"]}), "any name at api"),
    "another name": (RULES, rule("when", 0, "values", to=["x.example.net"]), "shop/api -> x.example.net at api.example.com"),
    "what only requests have": (RULES, rule("to", 0, "operation", "methods", to=["GET"]), API),
    "attached to nothing": (RULES, put("spec", "targetRefs", to=...), API),
    "attached to the gateway": (RULES, target(group="gateway.networking.k8s.io", kind="Gateway", name="out"), "shop/api ->"),
    "attached to another host": (RULES, target(name="bank.example.com"), "shop/api -> api.example.com at bank.example.com TCP 443"),
    "attached to a Service": (RULES, target(group="", kind="Service"), API),
    "of another group": (RULES, target(group="gateway.networking.k8s.io"), API),
    "of another namespace": (RULES, put("metadata", "namespace", to="shop"), API),
    "denied": (RULES, put("spec", "action", to="DENY"), API),
    "everything but nothing": (DENY, lambda v: v["spec"].update(EVERYBODY), BANK),
    "a host that no waypoint stands before": (ENTRY, put("metadata", "labels", LABEL, to=...), API),
    "a host that opts out": (ENTRY, put("metadata", "labels", LABEL, to="none"), API),
    "another waypoint": (ENTRY, put("metadata", "labels", LABEL, to="shop"), API),
    "another namespace's waypoint": (ENTRY, put("metadata", "labels", f"{LABEL}-namespace", to="shop"), API),
    "a host of an App's namespace": (ENTRY, put("metadata", "namespace", to="shop"), API),
    "a host of an App's namespace at the waypoint": (ENTRY, lambda v: v["metadata"].update(namespace="shop", labels={LABEL: "out", f"{LABEL}-namespace": "istio-egress"}), API),
    "a host without an address of the mesh": (ENTRY, put("metadata", "labels", "networking.istio.io/enable-autoallocate-ip", to="false"), API),
    "wherever the caller wants": (ENTRY, put("spec", "resolution", to="NONE"), API),
    "another address": (ENTRY, put("spec", "endpoints", to=[{"address": "evil.example.com"}]), "shop/api -> evil.example.com TCP 443"),
    "a port elsewhere": (ENTRY, put("spec", "ports", 0, "targetPort", to=22), "shop/api -> api.example.com TCP 22"),
    "without a port": (ENTRY, lambda v: v["spec"]["ports"].pop(0), API),
    "a waypoint for everybody": (INTO, put("spec", "ingress", 0, "from", to=...), "shop/*stranger*"),
    "not by the tunnel": (INTO, put("spec", "ingress", 0, "ports", 0, "port", to=443), API),
    "private addresses": (INTO, put("spec", "egress", 0, "to", 0, "ipBlock", "except", 1, to="10.0.0.0/9"), "istio-egress/out -> 10.128"),
    "the internet besides": (OUT, lambda v: v["spec"]["egress"].append(INTERNET), "shop/api -> "),
    "no way to the waypoint": (OUT, lambda v: v["spec"]["egress"].pop(0), API),
}  # fmt: skip
ROUTE = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {"name": "x", "namespace": "istio-egress"},
    "spec": {"hosts": ["*.example.com"], "tcp": [{"route": [{"destination": {"host": "db.data.svc.cluster.local"}}]}]},
}


def test_it_is_sound_and_no_risk(made, objects):
    """No App reaches an address outside: the names that it declared, and neither `cidrs` nor `internet`."""
    findings = verify(made.bundle, made.system).findings
    assert {one.check for one in findings if one.check.startswith(("network/", "mesh/"))} == set()
    assert (differences(made, objects), unasked(made, objects)) == ([], set())
    for path in ("apps/shop/api/base/network-policy.yaml", "apps/money/billing/base/network-policy.yaml"):
        assert not any("ipBlock" in peer for one in objects[path]["spec"]["egress"] for peer in one["to"])
    assert "istio-egress" not in str(objects["apps/shop/idle/base/network-policy.yaml"])


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_found(made, objects, name):
    path, change, flow = TWINS[name]
    assert flow in "\n".join(differences(made, changed(objects, path, change)))


@pytest.mark.parametrize("path", [RULES, ENTRY])
def test_what_is_missing_is_found(made, objects, path):
    assert API in differences(made, {own: value for own, value in objects.items() if own != path})


def test_without_the_denial_a_policy_of_each_host_still_denies_all_others(made, objects):
    """Where no App's policy is bound, either, whoever comes gets through: the twin of what is left then."""
    bare = {own: value for own, value in objects.items() if own != DENY}
    assert differences(made, bare) == []
    unbound = changed(bare, RULES, target(name="x"))
    others = [own for own in unbound if "authorization-policy-money.billing" in own]
    assert "shop/*stranger*" not in "\n".join(differences(made, changed(objects, RULES, target(name="x"))))
    found = "\n".join(differences(made, {own: value for own, value in unbound.items() if own not in others}))
    assert "money/billing -> bank.example.com" not in found
    assert "shop/api -> bank.example.com TCP 443" in found


def test_a_second_entry_and_a_route_are_found(made, objects):
    """Of two entries one is taken, of the App's own namespace first: it may lead past the waypoint."""
    second = changed(objects, ENTRY, put("metadata", "namespace", to="shop"))[ENTRY]
    twin = {**objects, "namespaces/shop/x.yaml": second}
    assert API in differences(made, twin)
    routed = {**objects, "namespaces/istio-egress/x.yaml": ROUTE}
    assert "shop/api -> wherever routes of api.example.com lead TCP 443" in differences(made, routed)


@pytest.mark.parametrize("path", [ENTRY])
def test_an_entry_that_says_more_is_undeclared(made, objects, path):
    twin = changed(objects, path, put("spec", "subjectAltNames", to=["x"]))
    assert unasked(made, twin) == {"mesh/unasked-way"}
