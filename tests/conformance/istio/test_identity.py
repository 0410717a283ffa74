"""istiod lets in exactly the declared callers, by identity, port and request, at sidecars, ztunnel and waypoints; no twin is the same.

What is asked is the configuration that istiod's own code makes of what is rendered: Envoy's listeners with their access
rules, and the workloads and policies of ztunnel. They are read call by call, and compared with what was declared and
with our own evaluation, which says of each twin what istiod does. That Envoy and ztunnel hold to it is their own claim.
"""

import copy

import matrix
import pytest
from conformance.istio.calls import POD, UNDECLARED, identity
from conformance.istio.doors import Cluster, disagreements, undeclared
from conformance.istio.rbac import Call
from harness import EXAMPLES, answers, app, platform, put
from harness import run as render

pytestmark = pytest.mark.programs("inbound", "waypoint")

SIDECARS, AMBIENT = "istio-sidecar", "istio-ambient"
ABOUT = {SIDECARS: "callers in a mesh of sidecars", AMBIENT: "callers in an ambient mesh"}
PAIRS = "each two choices of a Platform"
OUTSIDE = "203.0.113.7"
DOMAIN = "mesh.example.com"
LOGIN = "https://login.example.com/realms/shop"
PUBLIC = {"namespace": "gateways", "labels": {"a": "b"}, "account": "public", "seesCallers": True}


def mode(place):
    """Return the mode of an example's mesh, if it has one."""
    clusters = [value["spec"] for value in answers(place) if value["kind"] == "Platform"]
    return next((one["mesh"]["mode"] for one in clusters if "mesh" in one), "")


MESHED = [example for example in EXAMPLES if mode(example) in {SIDECARS, AMBIENT}]


def declared(kind):
    """Return a system that asks for what a mesh of this mode can hold; every name in it is used below."""
    cluster = platform(
        mesh={"mode": kind, "trustDomain": DOMAIN},
        gateways={"public": PUBLIC},
        issuers={"main": {"issuer": LOGIN, "jwksUri": "https://login.example.com/keys", "audiences": ["shop"]}},
    )
    token = {"issuer": "main", "claims": {"realm/roles": ["buyer"]}}
    callers = [
        {"app": "web", "namespace": "front", "port": "http", "methods": ["GET"], "paths": ["/v1/*"]},
        {"app": "batch", "port": "http", "headers": {"x-tenant": ["acme"]}},
        {
            "gateway": "public",
            "host": "api.example.com",
            "port": "http",
            "paths": ["/v1/*"],
            "token": token,
            "addresses": ["203.0.113.0/24"],
        },
        {
            "gateway": "public",
            "host": "api.example.com",
            "port": "http",
            "paths": ["/open"],
            "refusedAgents": ["curl/*"],
        },
        {"app": "batch", "port": "raw"},
        {"pods": {"app": "prometheus"}, "namespace": "monitoring", "port": "metrics"},
        {"cidr": "10.20.0.0/16", "port": "direct"},
    ]
    ports = {"http": {"port": 8080, "service": 80, "protocol": "http"}, "raw": {"port": 5432}, "metrics": {"port": 9090},
             "direct": {"port": 8444}}  # fmt: skip
    web = app(
        "web",
        "front",
        to=[
            {"app": "api", "namespace": "shop", "port": "http"},
            {"host": "pay.example.com", "port": 443, "internet": True},
        ],
    )
    return cluster, app(ports=ports, **{"from": callers}), web, app("batch")


def who(name):
    """Return what a pod shows: `front/web` as the account of that App, nothing without a name."""
    return identity(DOMAIN, *name.split("/")) if name else ""


TOKEN = f'{{"iss": "{LOGIN}", "sub": "x", "aud": ["shop"], "realm/roles": ["buyer"]}}'
STALE = TOKEN.replace("buyer", "guest")
GET = ("GET", "/v1/a")
# Callers, ports and requests, each with whether it is let in: written by hand, and asked of both modes.
BY_HAND = {
    ("front/web", 8080, GET): True,
    ("front/web", 8080, ("GET", "/v2")): False,
    ("front/web", 8080, ("POST", "/v1/a")): False,
    ("front/web", 9090, GET): False,
    ("front/batch", 8080, GET, (("x-tenant", "acme"),)): False,
    ("shop/batch", 8080, GET, (("x-tenant", "acme"),)): True,
    ("shop/batch", 8080, GET, (("x-tenant", "acme2"),)): False,
    ("shop/batch", 8080, GET): False,
    ("shop/batch", 5432): True,
    ("front/web", 5432): False,
    ("gateways/public", 8080, GET, (), OUTSIDE, TOKEN): True,
    ("gateways/public", 8080, GET, (), OUTSIDE, STALE): False,
    ("gateways/public", 8080, GET, (), OUTSIDE): False,
    ("gateways/public", 8080, GET, (), "198.51.100.1", TOKEN): False,
    ("gateways/public", 8080, ("GET", "/open"), (("user-agent", "curl/8"),)): False,
    ("gateways/public", 8080, ("GET", "/open"), (("user-agent", "browser"),)): True,
    ("", 8080, GET): False,
    ("", 9090, GET): True,
    ("shop/api", 9090, GET): False,
    ("", 8444): False,  # from a pod: it is for a network outside
    ("", UNDECLARED): False,
}


class Asked:
    """What is said of one system, and of twins of it."""

    def __init__(self, made, talk):
        self.made, self._talk = made, talk
        files = [file for part in ("apps/", "namespaces/") for file in made.bundle.files if file.path.startswith(part)]
        paths = [
            file.path for file in files if file.path.endswith(".yaml") and not file.path.endswith("kustomization.yaml")
        ]
        self._objects = {path: made.object(path) for path in paths}

    def of(self, twin=None):
        """Ask about what is rendered, or about a twin: a change for each path, None for what is not applied."""
        objects = copy.deepcopy(self._objects)
        for path, change in (twin or {}).items():
            if change is None:
                del objects[path]
            else:
                before = copy.deepcopy(objects[path])
                change(objects[path])
                assert objects[path] != before
        return Cluster(self.made.system, [*objects.values()], self._talk)


@pytest.fixture(scope="module", params=[SIDECARS, AMBIENT])
def asked(request, catalog, talk):
    return request.param, Asked(render(catalog, *declared(request.param)), talk)


def admitted(doors, caller, port, request=("", ""), headers=(), forwarded="", token=""):
    """Tell whether a call gets to the process of shop/api, by any way that there is."""
    call = Call(who(caller), POD, port, *request, headers, forwarded, token)
    found = {door.name: door.theirs for door in doors}
    if "the sidecar of shop/api" in found:
        return found["the sidecar of shop/api"](call)
    pod, relayed = found["ztunnel at shop/api"], call._replace(identity=who("shop/api.waypoint"))
    led = found["the waypoint of shop/api at its pods"](call)
    # What is sent to the Service comes to the same rules.
    assert port != 8080 or found["the waypoint of shop/api at shop/api"](call._replace(port=80)) == led
    return pod(call) or (led and pod(relayed))


def test_calls_are_let_in_as_they_are_declared(asked, proof):
    kind, system = asked
    doors = [*system.of().doors()]
    assert {call: admitted(doors, *call) for call in BY_HAND} == BY_HAND
    assert undeclared(doors) == disagreements(doors) == []
    proof("inbound", ABOUT[kind], "accepted")


@pytest.mark.parametrize("place", MESHED, ids=lambda path: path.name)
def test_an_example_lets_in_who_is_declared(talk, catalog, place, proof):
    system = Asked(render(catalog, *answers(place)), talk)
    doors = [*system.of().doors()]
    assert undeclared(doors) == disagreements(doors) == []
    assert any(door.theirs(call) for door in doors for call in door.calls)
    proof("inbound", f"the example {place.name}", "accepted")
    for space in system.made.system.namespaces:
        open_to_all = put("spec", "mtls", "mode", to="PERMISSIVE")
        assert undeclared(system.of({f"namespaces/{space}/peer-authentication.yaml": open_to_all}).doors())
    proof("inbound", f"the example {place.name}", "twin_refused")


def test_every_kind_of_workload_and_gateway_lets_in_who_is_declared(catalog, talk, proof):
    """Each two choices meet: one system for each mode and each kind of workload or gateway is asked about."""
    known = {}
    for name, values in matrix.pairs(catalog):
        chosen = values[0]["spec"].get("mesh", {}).get("mode")
        if chosen in {SIDECARS, AMBIENT}:
            known.setdefault((chosen, name.rpartition(" ")[2]), values)
    assert len(known) > len(MESHED)
    for values in known.values():
        system = Asked(render(catalog, *values), talk)
        doors = [*system.of().doors()]
        assert undeclared(doors) == disagreements(doors) == []
        proof("inbound", PAIRS, "accepted")
    twin = {"apps/shop/api/base/authorization-policy.yaml": put("spec", "rules", to=[{}])}
    assert undeclared(system.of(twin).doors())
    proof("inbound", PAIRS, "twin_refused")


OWN = "apps/shop/api/base/"
POLICY, PROXIED, PLAIN = (
    f"{OWN}{name}.yaml" for name in ("authorization-policy", "authorization-policy-waypoint", "peer-authentication")
)
STRICT, DENY, SPACE = (
    f"namespaces/shop/{name}.yaml" for name in ("peer-authentication", "authorization-policy-default-deny", "namespace")
)


def each_rule(change):
    def changed(value):
        for rule in value["spec"]["rules"]:
            change(rule)

    return changed


def apart(value):
    """Make of each rule two, of which either is enough: one for who calls, one for what is asked."""
    value["spec"]["rules"] = [
        part for rule in value["spec"]["rules"] for part in ({"from": rule["from"]}, {"to": rule["to"]})
    ]


def anybody(rule):
    rule["from"] = [{"source": {"principals": ["*"]}}]


def on_any_port(rule):
    del rule["to"][0]["operation"]["ports"]
    if not rule["to"][0]["operation"]:
        del rule["to"]


def for_pods(value):
    """Attach a waypoint's rules to pods."""
    del value["spec"]["targetRefs"]
    value["spec"]["selector"] = {"matchLabels": {"app.kubernetes.io/name": "api"}}


def uncaptured(*labels):
    return put(*labels, "istio.io/dataplane-mode", to=...)


WIDE_OPEN = put("spec", "mtls", "mode", to="PERMISSIVE")
BOTH = {
    "plain text wherever it is not named": {STRICT: WIDE_OPEN, PLAIN: WIDE_OPEN},
    "plain text on ports of no pod": {PLAIN: put("spec", "selector", to=...)},
    "no rule for anybody": {DENY: None, POLICY: None},
    "a rule for who calls beside one for what": {POLICY: apart},
    "whoever has a certificate": {POLICY: each_rule(anybody)},
    "on any port": {POLICY: each_rule(on_any_port)},
}
TWINS = {
    SIDECARS: BOTH,
    AMBIENT: BOTH | {
        "rules on requests for ztunnel": {PROXIED: for_pods},
        "rules for another waypoint": {PROXIED: put("spec", "targetRefs", 0, "name", to="web-waypoint")},
        "a rule for who calls beside one for what, at the waypoint": {PROXIED: apart},
        "whoever has a certificate, at the waypoint": {PROXIED: each_rule(anybody)},
        "pods that nobody captures": {
            SPACE: uncaptured("metadata", "labels"),
            f"{OWN}deployment.yaml": uncaptured("spec", "template", "metadata", "labels"),
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS[AMBIENT])
def test_a_broken_twin_lets_in_somebody_else(asked, name, proof):
    """And our own evaluation says so, call by call, and of each port."""
    kind, system = asked
    if name not in TWINS[kind]:
        return
    doors = [*system.of(TWINS[kind][name]).doors()]
    assert undeclared(doors)
    assert disagreements(doors) == []
    proof("inbound", ABOUT[kind], "twin_refused")


def sends(cluster, pod):
    """Tell whether the sidecar of a pod knows the host."""
    return [name for name in cluster.outbound(pod) if "pay.example.com" in name] != []


def test_a_host_is_known_in_its_namespace_alone(catalog, talk, proof):
    system = Asked(render(catalog, *declared(SIDECARS)), talk)
    pods = ("web.front", "api.shop", "elsewhere.elsewhere")
    cluster = system.of()
    assert [sends(cluster, pod) for pod in pods] == [True, False, False]
    proof("inbound", "hosts outside", "accepted")
    entry = "namespaces/front/service-entry-pay.example.com.yaml"
    for exported, known in (["*"], [True, True, True]), (["shop"], [False, True, False]), (..., [True, True, True]):
        twin = system.of({entry: put("spec", "exportTo", to=exported)})
        assert [sends(twin, pod) for pod in pods] == known
        proof("inbound", "hosts outside", "twin_refused")
