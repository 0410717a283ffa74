"""The mesh's layer against Istio's rules, case by case, and against an independent reading of them, pair by pair."""

import re
from ipaddress import ip_address, ip_network

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.reach import manifests
from scaffold.reach.authorization import Match
from scaffold.reach.evaluate import Evaluation, blocks
from scaffold.reach.grants import Caller, Grant, normalise
from scaffold.reach.mesh import Admission, read_mesh
from scaffold.reach.model import ALL_PORTS, Net, Pod
from scaffold.reach.universe import Universe

API = Pod("shop", "api", (("app", "api"),), (("http", "TCP", 8080), ("db", "TCP", 5432)), "api")
WEB = Pod("front", "web", (("app", "web"),), (), "web")
CART = Pod("shop", "cart", (("app", "cart"),), (), "cart")
OLD = Pod("front", "old", (("app", "old"),))  # outside the mesh
WEB_ID = "cluster.local/ns/front/sa/web"
CART_ID = "cluster.local/ns/shop/sa/cart"
NOBODY = set()
MESH = {"web", "cart", "api"}
EVERYBODY = {*MESH, "old", "net"}


def read(text):
    return yaml.safe_load(text) if isinstance(text, str) else text


def policy(spec, namespace="shop", name="p", **metadata):
    return {
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "namespace": namespace, **metadata}, "spec": read(spec),
    }  # fmt: skip


def mutual_tls(spec, namespace="shop", name="default"):
    metadata = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": metadata,
        "spec": read(spec),
    }


def service(**port):
    spec = {"selector": {"app": "api"}, "ports": [{"port": 80, "targetPort": "http", **port}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "shop"}, "spec": spec}


def layer(*objects, more=(), **options):
    mesh = read_mesh(objects, **options)
    return Admission(Universe([API, WEB, CART, OLD, *more], {}, mesh.blocks), mesh)


def callers(*objects, port=8080, protocol="TCP", **options):
    """Return who may open a port of the api pod: pods by name, `net` for any address."""
    admission = layer(*objects, **options)
    return {
        "net" if isinstance(node, Net) else node.name
        for node, ranges in admission.admits(API).items()
        if any(name in {protocol, "ANY"} and first <= port <= last for name, first, last in ranges)
    }


def allow(source=None, operation=None, **rule):
    return {
        "rules": [
            {
                **({"from": [{"source": read(source)}]} if source else {}),
                **({"to": [{"operation": read(operation)}]} if operation else {}),
                **rule,
            }
        ]
    }


SOURCES = {
    "an exact principal": (f"principals: [{WEB_ID}]", {"web"}),
    "a principal of another namespace": ("principals: [cluster.local/ns/shop/sa/web]", NOBODY),
    "a principal of another trust domain": ("principals: [other/ns/front/sa/web]", NOBODY),
    "a principal with a scheme is none": (f"principals: ['spiffe://{WEB_ID}']", NOBODY),
    "two principals": (f"principals: [{WEB_ID}, {CART_ID}]", {"web", "cart"}),
    "a prefix": ("principals: ['cluster.local/ns/shop/*']", {"cart", "api"}),
    "a suffix": ("principals: ['*/sa/web']", {"web"}),
    "any trust domain": ("principals: ['*/ns/front/sa/web']", {"web"}),
    "a star in the middle is only a star": ("principals: ['cluster.local/ns/*/sa/web']", NOBODY),
    "presence": ("principals: ['*']", MESH),
    "absence": ("notPrincipals: ['*']", {"old", "net"}),
    "everyone but one": (f"notPrincipals: [{WEB_ID}]", EVERYBODY - {"web"}),
    "a namespace": ("namespaces: [front]", {"web"}),
    "a namespace by prefix": ("namespaces: ['sh*']", {"cart", "api"}),
    "every namespace whose expression reaches over the next part": ("namespaces: ['*a']", MESH),
    "a namespace's pods outside the mesh have none": ("notNamespaces: [front]", EVERYBODY - {"web"}),
    "an account": ("serviceAccounts: [front/web]", {"web"}),
    "an account of the policy's namespace": ("serviceAccounts: [cart]", {"cart"}),
    "fields are joined by and": ("{namespaces: [front], principals: ['*/sa/cart']}", NOBODY),
    "fields that agree": ("{namespaces: [front], principals: ['*/sa/web']}", {"web"}),
    "a field and one that excludes": (f"{{namespaces: [shop], notPrincipals: [{CART_ID}]}}", {"api"}),
    "an empty source": ("{principals: []}", EVERYBODY),
    "what a request says may be said by anybody": ("requestPrincipals: ['*']", EVERYBODY),
    "an unknown field opens": ("trustDomains: [x]", EVERYBODY),
}


@pytest.mark.parametrize(("source", "reached"), SOURCES.values(), ids=SOURCES)
def test_sources(source, reached):
    assert callers(policy(allow(source))) == reached


WHOLE = {
    "no policy": ([], EVERYBODY),
    "no rules": ([policy({})], NOBODY),
    "no spec": ([policy(None)], NOBODY),
    "an empty rule": ([policy("{rules: [{}]}")], EVERYBODY),
    "rules are joined by or": ([policy({"rules": [*allow(f"principals: [{WEB_ID}]")["rules"], *allow(f"principals: [{CART_ID}]")["rules"]]})], {"web", "cart"}),
    "two sources are joined by or": (
        [policy({"rules": [{"from": [{"source": {"namespaces": ["front"]}}, {"source": {"principals": [CART_ID]}}]}]})], {"web", "cart"},
    ),
    "policies add up": ([policy({}), policy(allow("namespaces: [front]"), name="q")], {"web"}),
    "a selector that matches": ([policy("{selector: {matchLabels: {app: api}}}")], NOBODY),
    "a selector of others": ([policy("{selector: {matchLabels: {app: cart}}}")], EVERYBODY),
    "another namespace": ([policy({}, "front")], EVERYBODY),
    "the root namespace": ([policy({}, "istio-system")], NOBODY),
    "a selector in the root namespace": ([policy("{selector: {matchLabels: {app: api}}}", "istio-system")], NOBODY),
    "a selector of others in the root namespace": ([policy("{selector: {matchLabels: {app: web}}}", "istio-system")], EVERYBODY),
    "another group": ([{**policy({}), "apiVersion": "example.com/v1"}], EVERYBODY),
    "targetRefs": ([policy("{targetRefs: [{kind: Service, group: '', name: api}]}")], EVERYBODY),
    "targetRef": ([policy("{targetRef: {kind: Gateway, group: gateway.networking.k8s.io, name: g}}")], EVERYBODY),
    "a dry run": ([policy({}, annotations={"istio.io/dry-run": "true"})], EVERYBODY),
    "no dry run": ([policy({}, annotations={"istio.io/dry-run": "false"})], NOBODY),
    "DENY without rules": ([policy("{action: DENY}")], EVERYBODY),
    "DENY everything": ([policy("{action: DENY, rules: [{}]}")], NOBODY),
    "DENY overrides ALLOW": (
        [policy("{rules: [{}]}"), policy({"action": "DENY", **allow("namespaces: [front]")}, name="q")], EVERYBODY - {"web"},
    ),
    "DENY plaintext": ([policy({"action": "DENY", **allow("notPrincipals: ['*']")})], MESH),
    "DENY for some requests leaves the others": ([policy({"action": "DENY", **allow(None, "methods: [GET]")})], EVERYBODY),
    "DENY on a condition": ([policy({"action": "DENY", **allow(when=[{"key": "source.ip", "values": ["::/0"]}])})], EVERYBODY),
    "DENY of a source that cannot be judged": ([policy({"action": "DENY", **allow("remoteIpBlocks: ['0.0.0.0/0']")})], EVERYBODY),
    "ALLOW on a condition": ([policy(allow(when=[{"key": "source.ip", "values": ["10.0.0.1"]}]))], EVERYBODY),
    "AUDIT": ([policy("{action: AUDIT, rules: [{}]}")], EVERYBODY),
    "CUSTOM": ([policy("{action: CUSTOM, provider: {name: x}, rules: [{}]}")], EVERYBODY),
}  # fmt: skip


@pytest.mark.parametrize(("objects", "reached"), WHOLE.values(), ids=WHOLE)
def test_policies(objects, reached):
    assert callers(*objects) == reached


OPERATIONS = {
    "the port": ("ports: ['8080']", True),
    "another port": ("ports: ['8081']", False),
    "a port as a number": ("ports: [8080]", True),
    "not the port": ("notPorts: ['8080']", False),
    "not another port": ("notPorts: ['8081']", True),
    "a port that is excluded": ("{ports: ['8080'], notPorts: ['8080']}", False),
    "some requests": ("{methods: [GET], paths: [/a]}", True),
    "some requests on another port": ("{methods: [GET], ports: ['1']}", False),
    "a host": ("hosts: [x]", True),
}


@pytest.mark.parametrize(("operation", "opened"), OPERATIONS.values(), ids=OPERATIONS)
def test_operations(operation, opened):
    assert callers(policy(allow(None, operation))) == (EVERYBODY if opened else NOBODY)


@pytest.mark.parametrize(
    ("port", "opened"),
    [({"name": "http"}, True), ({"name": "tcp-x"}, False), ({"name": "x"}, True), ({"name": "tcp", "appProtocol": "http"}, True),
     ({"name": "http", "appProtocol": "tls"}, False), ({"name": "tcp", "targetPort": 1}, True), ({"name": "tcp", "protocol": "UDP"}, True)],
)  # fmt: skip
def test_a_rule_on_requests_opens_no_port_that_carries_none(port, opened):
    assert callers(policy(allow(None, "methods: [GET]")), service(**port)) == (EVERYBODY if opened else NOBODY)


def test_such_a_rule_is_lost_as_a_whole_there():
    rule = {"rules": [{"to": [{"operation": {"methods": ["GET"]}}, {"operation": {"ports": ["8080"]}}]}]}
    assert callers(policy(rule), service(name="tcp")) == NOBODY
    assert callers(policy(rule), service(name="http")) == EVERYBODY


def test_such_a_rule_denies_more_there():
    denied = policy({"action": "DENY", **allow("namespaces: [front]", "methods: [GET]")})
    assert callers(denied, service(name="tcp")) == EVERYBODY - {"web"}
    assert callers(denied, service(name="http")) == EVERYBODY


def test_services_that_differ_leave_a_port_open_for_requests():
    rule = policy(allow(None, "methods: [GET]"))
    assert callers(rule, service(name="tcp"), service(name="http")) == EVERYBODY


STRICT, PERMISSIVE, DISABLE = ({"mtls": {"mode": mode}} for mode in ("STRICT", "PERMISSIVE", "DISABLE"))
OWN = {"selector": {"matchLabels": {"app": "api"}}}
PORT = {**OWN, **STRICT, "portLevelMtls": {8080: {"mode": "PERMISSIVE"}}}
MODES = {
    "none": ([], True),
    "STRICT in the namespace": ([mutual_tls(STRICT)], False),
    "STRICT in another": ([mutual_tls(STRICT, "front")], True),
    "STRICT in the mesh": ([mutual_tls(STRICT, "istio-system")], False),
    "the namespace before the mesh": ([mutual_tls(STRICT, "istio-system"), mutual_tls(PERMISSIVE)], True),
    "UNSET inherits": ([mutual_tls(STRICT, "istio-system"), mutual_tls({"mtls": {"mode": "UNSET"}})], False),
    "nothing said inherits": ([mutual_tls(STRICT, "istio-system"), mutual_tls({})], False),
    "the workload before the namespace": ([mutual_tls(PERMISSIVE), mutual_tls({**OWN, **STRICT}, name="w")], False),
    "a workload that is another": ([mutual_tls({"selector": {"matchLabels": {"app": "cart"}}, **STRICT})], True),
    "a selector in the root namespace is ignored": ([mutual_tls({**OWN, **STRICT}, "istio-system")], True),
    "a port": ([mutual_tls(PORT)], True),
    "another port": ([mutual_tls({**PORT, "portLevelMtls": {8081: {"mode": "PERMISSIVE"}}})], False),
    "a port needs a selector": ([mutual_tls({**STRICT, "portLevelMtls": {8080: {"mode": "PERMISSIVE"}}})], False),
    "a port that is UNSET": ([mutual_tls({**PORT, "portLevelMtls": {8080: {"mode": "UNSET"}}})], False),
    "of two for one workload either may be older": ([mutual_tls({**OWN, **STRICT}), mutual_tls({**OWN, **PERMISSIVE}, name="b")], True),
    "DISABLE": ([mutual_tls(STRICT, "istio-system"), mutual_tls(DISABLE)], True),
}  # fmt: skip


@pytest.mark.parametrize(("objects", "plaintext"), MODES.values(), ids=MODES)
def test_mutual_tls(objects, plaintext):
    assert callers(*objects) == (EVERYBODY if plaintext else MESH)
    assert callers(policy(allow("notPrincipals: ['*']")), *objects) - MESH == ({"old", "net"} if plaintext else NOBODY)
    opened = layer(*objects).plaintext(API)
    assert any(first <= 8080 <= last for _, first, last in opened) == plaintext


def test_a_selector_in_the_root_namespace_is_ignored_there_too():
    own = Pod("istio-system", "own", (("app", "api"),), (), "own")
    assert layer(mutual_tls({**OWN, **STRICT}, "istio-system"), more=[own]).plaintext(own) == [("TCP", 0, 65535)]
    assert layer(mutual_tls(STRICT, "istio-system"), more=[own]).plaintext(own) != [("TCP", 0, 65535)]


def test_without_mutual_tls_nobody_is_known():
    objects = mutual_tls(DISABLE), policy(allow("principals: ['*']"))
    assert callers(*objects) == NOBODY
    assert callers(objects[0], policy(allow("notPrincipals: ['*']"))) == EVERYBODY
    assert callers(objects[0], policy({"action": "DENY", **allow("principals: ['*']")})) == EVERYBODY


def test_addresses():
    inside, outside = Net("10.0.0.0"), Net("11.0.0.0")
    rule = policy(allow("{ipBlocks: [10.0.0.0/8], notIpBlocks: [10.1.0.0/16]}"))
    admitted = layer(rule).admits(API)
    assert ("TCP", 0, 65535) not in admitted[outside]
    assert {node for node, ranges in admitted.items() if ranges == {ALL_PORTS} and isinstance(node, Net)} == {
        inside,
        Net("10.2.0.0"),
    }
    assert callers(rule) == EVERYBODY, "where pods live is not known"
    assert callers(rule, pod_networks=["10.244.0.0/16"]) == EVERYBODY
    assert callers(rule, pod_networks=["192.168.0.0/16"]) == {"net"}


def test_what_is_excepted_counts_beside_networks_of_pods_that_lie_elsewhere():
    rule = policy(allow("{ipBlocks: [10.0.0.0/8], notIpBlocks: [10.1.0.0/16]}"))
    assert callers(rule, pod_networks=["192.168.0.0/16", "10.1.0.0/16"]) == {"net"}
    assert callers(rule, pod_networks=["192.168.0.0/16", "10.1.2.0/24"]) == {"net"}
    assert callers(rule, pod_networks=["192.168.0.0/16", "10.0.0.0/15"]) == EVERYBODY
    assert callers(rule, pod_networks=["192.168.0.0/16", "10.2.0.0/16"]) == EVERYBODY
    assert callers(policy(allow("{notIpBlocks: [10.1.0.0/16]}")), pod_networks=["192.168.0.0/16"]) == EVERYBODY


def test_denied_addresses_shut_out_no_pod_whose_address_is_not_known():
    denied = policy({"action": "DENY", **allow("ipBlocks: ['0.0.0.0/0']")})
    assert callers(denied) == EVERYBODY, "it may have an IPv6 address"
    denied = policy({"action": "DENY", **allow("ipBlocks: ['0.0.0.0/0', '::/0']")})
    assert callers(denied) == set(), "every address is denied"


def test_a_sidecar_sees_tcp_only_and_not_the_proxys_own_ports():
    assert callers(policy({}), protocol="UDP") == EVERYBODY
    assert callers(policy({}), protocol="SCTP") == EVERYBODY
    for port in (15020, 15021, 15090):
        assert callers(policy({}), mutual_tls(STRICT), port=port) == EVERYBODY
    for port in (15001, 15006, 15022):
        assert callers(policy({}), port=port) == NOBODY


def test_nothing_is_enforced_outside_the_mesh():
    admission = layer(policy({}, "istio-system"), mutual_tls(STRICT, "istio-system"))
    assert all(ranges == {ALL_PORTS} for ranges in admission.admits(OLD).values())
    assert admission.plaintext(OLD) == [ALL_PORTS]


def test_ports_that_go_past_the_sidecar_are_open():
    past = Pod("shop", "past", (), (), "past", (("TCP", 9000, 9000),))
    admitted = layer(policy({}), more=[past]).admitted(OLD, past)
    assert ("TCP", 9000, 9000) in admitted
    assert not any(name == "TCP" and first <= 8080 <= last for name, first, last in admitted)


def test_cluster_local_points_to_the_trust_domain():
    assert callers(policy(allow(f"principals: [{WEB_ID}]")), trust_domain="example.org") == {"web"}
    assert callers(policy(allow("principals: [example.org/ns/front/sa/web]")), trust_domain="example.org") == {"web"}
    assert callers(policy(allow("principals: ['cluster.local/ns/front/*']")), trust_domain="example.org") == NOBODY


def test_another_root_namespace():
    assert callers(policy({}, "mesh"), root="mesh") == NOBODY
    assert callers(policy({}, "mesh")) == EVERYBODY


# Both layers.


def network_policy(spec, namespace="shop"):
    metadata = {"name": "p", "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": read(spec)}


def test_what_is_reachable_is_what_both_layers_allow():
    policies = manifests.policies([network_policy("{podSelector: {}, ingress: [{ports: [{port: 1, endPort: 9}]}]}")])
    mesh = read_mesh([policy(allow("namespaces: [front]", "ports: ['9', '10']"))])
    universe = Universe([API, WEB, CART, OLD], {}, blocks(policies) | mesh.blocks)
    evaluation = Evaluation(universe, policies, layer=Admission(universe, mesh))
    reaching = {(source, ports) for source, target, ports in evaluation.flows([API]) if target == API}
    assert reaching == {(WEB, ("TCP", 9, 9))}
    assert {(source, ports) for source, target, ports in evaluation.flows([WEB]) if target == API} == reaching
    assert (OLD, API, ("TCP", 1, 9)) in evaluation.halves(API, "ingress"), "a half is NetworkPolicy's alone"


def test_an_exempt_target_is_not_asked():
    mesh = read_mesh([policy({})])
    universe = Universe([API, WEB], {}, ())
    for exempt, opened in (((), False), ((API,), True)):
        evaluation = Evaluation(universe, [], exempt, Admission(universe, mesh))
        assert ((WEB, API, ALL_PORTS) in evaluation.flows([API])) == opened


# Grants.

WEB_GRANT = Caller("principal", WEB_ID)
HTTP = ("TCP", 8080, 8080)


def granted(*objects, **options):
    return layer(*objects, **options).grants(API)


GRANTS = {
    "nothing said": ([], {Grant(Caller())}),
    "nothing allowed": ([policy({})], set()),
    "everything": ([policy("{rules: [{}]}")], {Grant(Caller())}),
    "a principal, a port, methods and paths": (
        [policy(allow(f"principals: [{WEB_ID}]", "{ports: ['8080'], methods: [GET, POST], paths: [/a]}"))],
        {Grant(WEB_GRANT, HTTP, "GET", "/a"), Grant(WEB_GRANT, HTTP, "POST", "/a")},
    ),
    "the same in two rules": (
        [policy({"rules": [*allow(f"principals: [{WEB_ID}]", f"{{ports: ['8080'], methods: [{method}]}}")["rules"]]}, name=method) for method in ("GET", "POST")],
        {Grant(WEB_GRANT, HTTP, "GET"), Grant(WEB_GRANT, HTTP, "POST")},
    ),
    "what a wider one covers": (
        [policy({"rules": [*allow(f"principals: [{WEB_ID}]", "ports: ['8080']")["rules"], *allow(f"principals: [{WEB_ID}]", "{methods: [GET], ports: ['8080', '8081']}")["rules"]]})],
        {Grant(WEB_GRANT, HTTP), Grant(WEB_GRANT, ("TCP", 8081, 8081), "GET")},
    ),
    "anybody covers somebody": ([policy(allow(f"principals: [{WEB_ID}]")), policy("{rules: [{}]}", name="q")], {Grant(Caller())}),
    "neighbouring ports": ([policy(allow(None, "ports: ['1', '3', '2']"))], {Grant(Caller(), ("TCP", 1, 3))}),
    "plaintext": ([policy(allow("notPrincipals: ['*']"))], {Grant(Caller("plaintext"))}),
    "a network": ([policy(allow("{ipBlocks: [10.0.0.0/8, 192.0.2.1], notIpBlocks: [10.1.0.0/16]}"))], {Grant(Caller("network", "10.0.0.0/8 except 10.1.0.0/16")), Grant(Caller("network", "192.0.2.1/32"))}),
    "plaintext from a network": ([policy(allow("{ipBlocks: [10.0.0.0/8], notPrincipals: ['*']}"))], {Grant(Caller("plaintext", "10.0.0.0/8"))}),
    "a namespace": ([policy(allow("namespaces: [front]"))], {Grant(Caller("namespace", "front"))}),
    "an account": ([policy(allow("serviceAccounts: [cart]"))], {Grant(Caller("account", "shop/cart"))}),
    "conditions": (
        [policy(allow(f"{{principals: [{WEB_ID}], requestPrincipals: [i/*], remoteIpBlocks: [10.0.0.0/8]}}", when=[{"key": "request.headers[x]", "values": ["z", "y"], "notValues": ["w"]}]))],
        {Grant(WEB_GRANT, conditions=(Match("remoteIpBlocks", ("10.0.0.0/8",)), Match("request.headers[x]", ("y", "z")), Match("request.headers[x]", ("w",), negated=True), Match("requestPrincipals", ("i/*",))))},
    ),
    "conditions in rules of their own": (
        [policy({"rules": [*allow(f"principals: [{WEB_ID}]")["rules"], *allow("requestPrincipals: [i/*]")["rules"]]})],
        {Grant(WEB_GRANT), Grant(Caller(), conditions=(Match("requestPrincipals", ("i/*",)),))},
    ),
    "conditions that a wider one covers": (
        [policy({"rules": [*allow(f"principals: [{WEB_ID}]")["rules"], *allow(f"{{principals: [{WEB_ID}], requestPrincipals: [i/*]}}")["rules"]]})],
        {Grant(WEB_GRANT)},
    ),
    "requests on a port without": (
        [policy(allow(None, "{methods: [GET], ports: ['8080', '9090']}")), service(name="tcp")], {Grant(Caller(), ("TCP", 9090, 9090), "GET")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("objects", "grants"), GRANTS.values(), ids=GRANTS)
def test_grants(objects, grants):
    found = granted(*objects)
    assert (found.allowed, found.denied, found.unjudged) == (grants, frozenset(), ())


UNJUDGED = {
    "hosts": allow(None, "hosts: [x]"),
    "excluded methods": allow(None, "notMethods: [GET]"),
    "excluded principals": allow(f"notPrincipals: [{WEB_ID}]"),
    "two kinds of source": allow(f"{{principals: [{WEB_ID}], namespaces: [front]}}"),
    "a principal from a network": allow(f"{{principals: [{WEB_ID}], ipBlocks: [10.0.0.0/8]}}"),
    "an unknown field": allow("trustDomains: [x]"),
    "no network": allow("ipBlocks: [x]"),
    "no port": allow(None, "ports: [http]"),
}


@pytest.mark.parametrize("spec", UNJUDGED.values(), ids=UNJUDGED)
@pytest.mark.parametrize("action", ["ALLOW", "DENY"])
def test_what_no_grant_expresses_is_said(spec, action):
    found = granted(policy({**spec, "action": action}))
    assert len(found.unjudged) == 1
    assert found.unjudged[0].startswith("AuthorizationPolicy shop/p: the ")
    assert not found.denied
    assert found.allowed == (frozenset() if action == "ALLOW" else {Grant(Caller())})


def test_other_actions():
    assert granted(policy("{action: CUSTOM, rules: [{}]}")).unjudged == (
        "AuthorizationPolicy shop/p: the action CUSTOM",
    )
    assert not granted(policy("{action: AUDIT, rules: [{}]}")).unjudged


def test_what_is_denied_is_told_apart():
    found = granted(policy({"action": "DENY", **allow("notPrincipals: ['*']")}))
    assert (found.allowed, found.denied) == ({Grant(Caller())}, {Grant(Caller("plaintext"))})


def test_grants_are_in_the_meshs_trust_domain():
    rule = policy(allow(f"principals: [{WEB_ID}]"))
    assert granted(rule, trust_domain="td").allowed == {Grant(Caller("principal", "td/ns/front/sa/web"))}


def test_normal_form_is_one():
    once = normalise(
        [Grant(WEB_GRANT, ("TCP", 1, 5)), Grant(Caller(), ("TCP", 4, 9)), Grant(WEB_GRANT, ("TCP", 2, 3), "GET")]
    )
    assert once == {Grant(WEB_GRANT, ("TCP", 1, 3)), Grant(Caller(), ("TCP", 4, 9))}
    assert normalise(once) == once


# An independent reading of the documentation: dictionaries, one caller, one port and one request at a time.

LABELS = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"]), max_size=2)
SPACES = st.sampled_from(["n1", "n2", "istio-system"])
PRINCIPALS = ["*", "cluster.local/ns/n1/sa/s", "cluster.local/ns/n2/*", "*/sa/t", "cluster.local/ns/n1/sa/t", "x"]
BLOCKS = ["10.0.0.0/8", "10.1.0.0/16", "9.0.0.1", "fd00::/8"]


def several(*values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


SOURCE = st.fixed_dictionaries(
    {},
    optional={
        "principals": several(*PRINCIPALS), "notPrincipals": several(*PRINCIPALS),
        "namespaces": several("n1", "n*", "n2"), "notNamespaces": several("n1", "n*"),
        "ipBlocks": several(*BLOCKS), "notIpBlocks": several(*BLOCKS),
    },
)  # fmt: skip
OPERATION = st.fixed_dictionaries(
    {}, optional={"ports": several("1", "2"), "notPorts": several("1", "2"), "methods": several("GET", "P*")}
)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "from": st.lists(st.fixed_dictionaries({"source": SOURCE}), max_size=2),
        "to": st.lists(st.fixed_dictionaries({"operation": OPERATION}), max_size=2),
    },
)
POLICY = st.builds(
    policy,
    st.fixed_dictionaries(
        {},
        optional={
            "action": st.sampled_from(["ALLOW", "DENY", "AUDIT"]), "rules": st.lists(RULE, max_size=2),
            "selector": st.fixed_dictionaries({"matchLabels": LABELS}),
        },
    ),
    SPACES,
)  # fmt: skip
MODE = st.sampled_from(["STRICT", "PERMISSIVE", "DISABLE", "UNSET"])
TLS = st.fixed_dictionaries({"mtls": st.fixed_dictionaries({"mode": MODE})})
WORKLOAD_TLS = st.fixed_dictionaries(
    {"selector": st.just({"matchLabels": {"a": "1"}})},
    optional={
        "mtls": st.fixed_dictionaries({"mode": MODE}),
        "portLevelMtls": st.fixed_dictionaries({1: st.fixed_dictionaries({"mode": MODE})}),
    },
)
# At most one of each scope: of more, either may be the older.
AUTHENTICATIONS = st.tuples(
    *(
        st.none() | st.builds(mutual_tls, spec, st.just(space), st.just(f"{space}-{number}"))
        for number, spec in enumerate((TLS, WORKLOAD_TLS))
        for space in ("n1", "n2", "istio-system")
    )
).map(lambda made: [one for one in made if one])
PODS = st.lists(
    st.builds(
        lambda space, name, labels, account: Pod(space, name, tuple(sorted(labels.items())), (), account),
        SPACES, st.sampled_from("pqrs"), LABELS, st.sampled_from(["", "s", "t"]),
    ),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip
ADDRESSES = ["9.0.0.1", "10.0.0.1", "10.1.0.1", "fd00::1", "fc00::1"]
ELSEWHERE = ["172.16.0.0/12"]  # the pods' addresses, in none of the blocks


def text_matches(pattern, text):
    if pattern == "*":
        return text != ""
    if pattern[0] == "*":
        return text.endswith(pattern[1:])
    return text.startswith(pattern[:-1]) if pattern[-1] == "*" else text == pattern


def field_matches(field, value, identity, address):
    if field == "principals":
        return text_matches(value, identity)
    if field == "namespaces":
        return re.fullmatch(value.replace("*", ".*"), identity.split("/")[2]) is not None if identity else False
    return address is not None and ip_address(address) in ip_network(value)


def source_matches(source, identity, address):
    for field in ("principals", "namespaces", "ipBlocks"):
        negated = "not" + field[0].upper() + field[1:]
        if field in source and not any(field_matches(field, value, identity, address) for value in source[field]):
            return False
        if negated in source and any(field_matches(field, value, identity, address) for value in source[negated]):
            return False
    return True


def operation_matches(operation, port, method):
    return (
        (str(port) in operation.get("ports", [str(port)]))
        and str(port) not in operation.get("notPorts", [])
        and any(text_matches(value, method) for value in operation.get("methods", ["*"]))
    )


def rule_matches(rule, identity, address, port, method):
    sources = [item["source"] for item in rule.get("from", [])] or [{}]
    operations = [item["operation"] for item in rule.get("to", [])] or [{}]
    return any(source_matches(source, identity, address) for source in sources) and any(
        operation_matches(operation, port, method) for operation in operations
    )


def selects(made, target):
    labels = made["spec"].get("selector", {}).get("matchLabels", {})
    return made["metadata"]["namespace"] in {target.namespace, "istio-system"} and labels.items() <= dict(target.labels).items()  # fmt: skip


def mode_at(target, port, authentications):
    scoped = {}
    for made in authentications:
        space, spec = made["metadata"]["namespace"], made["spec"]
        if "selector" not in spec and space == "istio-system":
            scoped["mesh"] = spec
        elif "selector" not in spec and space == target.namespace:
            scoped["namespace"] = spec
        elif "selector" in spec and space == target.namespace != "istio-system" and ("a", "1") in target.labels:
            scoped["workload"] = spec
    asked = [
        scoped.get("workload", {}).get("portLevelMtls", {}).get(port, {}),
        *(scoped.get(scope, {}).get("mtls", {}) for scope in ("workload", "namespace", "mesh")),
    ]
    return next((one["mode"] for one in asked if one.get("mode", "UNSET") != "UNSET"), "PERMISSIVE")


def admits(source, target, port, policies, authentications):
    if not target.account:
        return True
    mode = mode_at(target, port, authentications)
    pod = isinstance(source, Pod)
    identity = f"cluster.local/ns/{source.namespace}/sa/{source.account}" if pod and source.account else ""
    if mode == "STRICT" and not identity:
        return False
    seen = ("" if mode == "DISABLE" else identity, None if pod else source)
    applied = [made["spec"] for made in policies if selects(made, target)]

    def matched(action, method):
        return any(
            rule_matches(rule, *seen, port, method)
            for spec in applied
            if spec.get("action", "ALLOW") == action
            for rule in spec.get("rules", [])
        )

    closed = any(spec.get("action", "ALLOW") == "ALLOW" for spec in applied)
    # A request of one allowed method that is not denied opens the port; where only some methods are denied, a
    # port counts as open although what is allowed may be just those.
    methods = ("GET", "POST", "other")
    denied = all(matched_whole(applied, seen, port, method) for method in methods)
    return not denied and (not closed or any(matched("ALLOW", method) for method in methods))


def matched_whole(applied, seen, port, method):
    """Tell whether a DENY rule matches by an operation that names no method."""
    for spec in applied:
        for rule in spec.get("rules", []) if spec.get("action") == "DENY" else []:
            operations = [item for item in rule.get("to", []) if "methods" not in item["operation"]]
            if (operations or not rule.get("to")) and rule_matches({**rule, "to": operations}, *seen, port, method):
                return True
    return False


@settings(max_examples=200)
@given(PODS, st.lists(POLICY, max_size=4), AUTHENTICATIONS)
def test_it_agrees_with_an_independent_evaluator(pods, policies, authentications):
    mesh = read_mesh([*policies, *authentications], pod_networks=ELSEWHERE)
    universe = Universe(pods, {}, {*mesh.blocks, *(f"{one}/{ip_address(one).max_prefixlen}" for one in ADDRESSES)})
    admission = Admission(universe, mesh)
    nodes = [*universe.pods, *(net for net in universe.nets if net.sample in ADDRESSES)]
    for target in universe.pods:
        admitted = admission.admits(target)
        for source in nodes:
            for port in (1, 2, 3):
                expected = admits(
                    source if isinstance(source, Pod) else source.sample, target, port, policies, authentications
                )
                found = any(name in {"TCP", "ANY"} and first <= port <= last for name, first, last in admitted[source])
                assert found == expected, (source, target, port)


def peer(number):
    space = {"kubernetes.io/metadata.name": f"n{number % 20}"}
    return {"namespaceSelector": {"matchLabels": space}, "podSelector": {"matchLabels": {"app": f"app{number}"}}}


def crowd(count):
    """Return apps of which each is called by four others, and the policies of both layers at both ends."""
    pods, objects = [], [mutual_tls(STRICT, "istio-system"), policy({}, "istio-system", "nothing")]
    steps = (1, 7, 31, 101)
    for number in range(count):
        name, space = f"app{number}", f"n{number % 20}"
        pods.append(Pod(space, name, (("app", name),), (), name))
        chosen = {"matchLabels": {"app": name}}
        sources = [(number + step) % count for step in steps]
        rule = allow(
            {"principals": [f"cluster.local/ns/n{other % 20}/sa/app{other}" for other in sources]},
            {"ports": ["8080"], "methods": ["GET"]},
        )
        ports = [{"port": 8080}, {"port": 9}]
        spec = {
            "podSelector": chosen, "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [peer(other) for other in sources], "ports": ports}],
            "egress": [{"to": [peer((number - step) % count) for step in steps], "ports": ports}],
        }  # fmt: skip
        objects += [policy({"selector": chosen, **rule}, space, name), network_policy(spec, space)]
    return pods, objects


def test_a_crowd_is_narrowed_to_what_the_mesh_admits():
    pods, objects = crowd(200)
    policies = manifests.policies(objects)
    universe = Universe(pods, {}, blocks(policies))
    flows = Evaluation(universe, policies).flows(pods)
    narrowed = Evaluation(universe, policies, layer=Admission(universe, read_mesh(objects))).flows(pods)
    assert (len(flows), {ports for _, _, ports in flows}) == (1600, {("TCP", 9, 9), HTTP})
    assert narrowed == {flow for flow in flows if flow[2] == HTTP}
