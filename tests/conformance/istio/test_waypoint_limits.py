"""istiod puts limits where requests to the Service come by a waypoint, behind the rules on callers, each with its share; a twin does not limit them.

What is asked is Envoy's configuration, as istiod's own code makes it of what is rendered, of the Service and the pods that
istiod makes of the Gateway, and of the labels that lead there. That Envoy holds to it is Envoy's own claim.
"""

import copy
import json
from types import SimpleNamespace

import pytest
from harness import app, dump, loaded, platform, put
from harness import run as render

pytestmark = pytest.mark.programs("waypoint", "listeners")

ABOUT = "limits at a waypoint"
BASE = "apps/shop/api/base"
EACH, ALL = f"{BASE}/envoy-filter-limit-each-http.yaml", f"{BASE}/envoy-filter-limit-all-http.yaml"
LOCAL, GLOBAL = "envoy.filters.http.local_ratelimit", "envoy.filters.http.ratelimit"
READ = {"Service", "Gateway", "EnvoyFilter", "AuthorizationPolicy"}
CHAIN = "inbound-vip|{}|http|api.shop.svc.cluster.local"
PODS, EACH_POD = 3, 15


@pytest.fixture(scope="module")
def objects(catalog):
    """What is rendered of an App with limits on two of its ports, by path."""
    each, together = {"requests": EACH_POD, "per": "second"}, {"requests": 1000, "per": "minute"}
    ports = {
        "http": {"port": 8080, "service": 80, "protocol": "http", "limits": {"each": each, "all": together}},
        "grpc": {"port": 9000, "service": 9001, "protocol": "grpc", "limits": {"each": dict(each)}},
        "admin": {"port": 8081, "protocol": "http"},
    }
    callers = [{"app": "web", "port": name} for name in ports]
    own = app(ports=ports, workload={"replicas": {"min": PODS, "max": 9}}, **{"from": callers})
    made = render(catalog, own, platform(mesh={"mode": "istio-ambient"}, rateLimit={"namespace": "limits"}))
    return {file.path: loaded(file.text) for file in made.bundle.files if file.path.startswith(f"{BASE}/")}


def istiod(talk, objects):
    """Return what istiod makes of the Gateway, by kind."""
    question = {
        "Namespace": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        "Gateway": objects[f"{BASE}/gateway-waypoint.yaml"],
        "Parameter": objects[f"{BASE}/config-map-waypoint.yaml"],
    }
    said = json.loads(talk("waypoint")(json.dumps(question)))
    assert said["Error"] == ""
    return {value["kind"]: value for value in said["Objects"]}


def pod(name, address, labels):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "shop", "labels": labels, "annotations": {"ambient.istio.io/redirection": "enabled"},
        },
        "spec": {"containers": [{"name": name}]},
        "status": {
            "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }  # fmt: skip


def addressed(service, address):
    return service | {"spec": service["spec"] | {"clusterIP": address, "clusterIPs": [address]}}


@pytest.fixture(scope="module")
def waypoint(talk, objects):
    """Return what a waypoint is told, one of those that istiod runs, with some rendered objects changed: by chain."""
    found = istiod(talk, objects)
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]

    def told(path=EACH, change=lambda _: None):
        changed = copy.deepcopy(objects)
        change(changed[path])
        read = [value for value in changed.values() if value["kind"] in READ]
        for value in read:
            if value["kind"] == "Gateway":
                value["status"] = {"addresses": [{"type": "Hostname", "value": "api-waypoint.shop.svc.cluster.local"}]}
        read = [addressed(value, "10.96.0.2") if value["kind"] == "Service" else value for value in read]
        own = changed[f"{BASE}/deployment.yaml"]["spec"]["template"]["metadata"]["labels"]
        pods = [pod("api-waypoint-1", "10.0.0.1", labels), pod("api-1", "10.0.0.2", own)]
        everything = [*read, addressed(found["Service"], "10.96.0.1"), *pods]
        question = {
            "Objects": "\n---\n".join(map(dump, everything)), "Namespace": "shop", "Labels": labels, "IP": "10.0.0.1",
        }  # fmt: skip
        listeners = {one["name"]: one for one in json.loads(talk("listeners")(json.dumps(question)))}
        return {
            chain["name"]: SimpleNamespace(filters=filters, names=list(filters), routes=config.get("routeConfig", {}))
            for chain in listeners["main_internal"]["filterChains"]
            for config in [chain["filters"][-1]["typedConfig"]]
            if (filters := {one["name"]: one.get("typedConfig", {}) for one in config.get("httpFilters", ())})
        }

    return told


def let_through(deployment, share):
    """Return how many requests the pods of a waypoint let through, with those that a rollout adds (by default a quarter)."""
    spec = deployment["spec"]
    surge = spec.get("strategy", {}).get("rollingUpdate", {}).get("maxSurge", 1)
    return (spec["replicas"] + surge) * share


def is_limited(chains, port, kinds=(LOCAL, GLOBAL)):
    """Tell whether a chain refuses by limits of these kinds, in this order, what the rules on callers let in."""
    found = [name for name in chains[CHAIN.format(port)].names if name in {"envoy.filters.http.rbac", LOCAL, GLOBAL}]
    return (
        found == ["envoy.filters.http.rbac", *kinds]
        and chains[CHAIN.format(port)].names[-1] == "envoy.filters.http.router"
    )


def described(chain):
    return [limit["actions"] for host in chain.routes["virtualHosts"] for limit in host.get("rateLimits", ())]


def test_limits_stand_where_requests_to_the_service_come_by(talk, objects, waypoint, proof):
    chains = waypoint()
    assert is_limited(chains, 80)
    assert is_limited(chains, 9001, [LOCAL])
    # Nowhere else: what is sent to a pod's address, where the rules let in no port with a limit, and another port.
    assert {CHAIN.format(port) for port in (80, 9001, 8081)} | {"direct-http"} == chains.keys()
    for name in ("direct-http", CHAIN.format(8081)):
        assert not {LOCAL, GLOBAL} & {*chains[name].names}
    allowed = json.dumps(chains["direct-http"].filters["envoy.filters.http.rbac"])
    assert '"destinationPort": 8081' in allowed
    assert '"destinationPort": 8080' not in allowed
    assert '"destinationPort": 9000' not in allowed
    assert described(chains[CHAIN.format(80)]) == [
        [{"genericKey": {"descriptorKey": "app", "descriptorValue": "shop.api.http"}}]
    ]
    local = chains[CHAIN.format(80)].filters[LOCAL]
    assert local["filterEnabled"] == local["filterEnforced"] == {"defaultValue": {"numerator": 100}}
    bucket = local["tokenBucket"]
    assert bucket == {"maxTokens": 22, "tokensPerFill": 22, "fillInterval": "1s"}
    assert let_through(istiod(talk, objects)["Deployment"], bucket["maxTokens"]) <= PODS * EACH_POD
    proof("listeners", ABOUT, "accepted")


PLACE = ("spec", "configPatches", 0, "match", "listener")
TWINS = {
    "a chain for the pod's port": put(*PLACE, "filterChain", "name", to=CHAIN.format(8080)),
    "a chain of connections": put(*PLACE, "filterChain", "name", to=CHAIN.format(80).replace("|http|", "|tcp|")),
    "what is sent to pods' addresses": put(*PLACE, "filterChain", "name", to="direct-http"),
    "another listener": put(*PLACE, "name", to="connect_terminate"),
    "a sidecar's port": put(*PLACE, to={"portNumber": 8080}),
    "what leaves": put("spec", "configPatches", 0, "match", "context", to="SIDECAR_OUTBOUND"),
    "another Gateway": put("spec", "targetRefs", 0, "name", to="web-waypoint"),
    "pods": lambda value: value["spec"].update(
        {"workloadSelector": {"labels": {"app.kubernetes.io/name": "api"}}, "targetRefs": []}
    ),
    "another namespace": put("metadata", "namespace", to="front"),
    "another filter than the last": put(
        *PLACE, "filterChain", "filter", "subFilter", "name", to="envoy.filters.http.lua"
    ),
}


@pytest.mark.parametrize("path", [EACH, ALL], ids=["each", "all"])
@pytest.mark.parametrize("name", TWINS)
def test_a_limit_for_something_else_limits_nothing(waypoint, name, path, proof):
    chains = waypoint(path, TWINS[name])
    assert not is_limited(chains, 80)
    assert (LOCAL if path == EACH else GLOBAL) not in chains[CHAIN.format(80)].names
    proof("listeners", ABOUT, "twin_refused")


def test_what_all_pods_may_answer_is_asked_for_last(waypoint, proof):
    """Of two limits without an order the older one comes first, or that of the lesser name."""
    chains = waypoint(EACH, put("spec", "priority", to=10))
    assert [name for name in chains[CHAIN.format(80)].names if name in {LOCAL, GLOBAL}] == [GLOBAL, LOCAL]
    proof("listeners", ABOUT, "twin_refused")


def test_a_limit_of_all_pods_that_no_route_describes_is_asked_for_nothing(waypoint, proof):
    change = put("spec", "configPatches", 1, "match", "routeConfiguration", "name", to="inbound|http|80")
    assert described(waypoint(ALL, change)[CHAIN.format(80)]) == []
    proof("listeners", ABOUT, "twin_refused")


@pytest.mark.parametrize("strategy", [..., {"rollingUpdate": {"maxSurge": 1}}], ids=["istiod's own", "one more"])
def test_a_rollout_that_adds_a_pod_lets_through_more(talk, objects, strategy, proof):
    changed = copy.deepcopy(objects)
    data = changed[f"{BASE}/config-map-waypoint.yaml"]["data"]
    overlay = json.loads(data["deployment"])
    put("spec", "strategy", to=strategy)(overlay)
    data["deployment"] = json.dumps(overlay)
    share = objects[EACH]["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]["token_bucket"]["max_tokens"]
    assert let_through(istiod(talk, changed)["Deployment"], share) > PODS * EACH_POD
    proof("listeners", ABOUT, "twin_refused")
