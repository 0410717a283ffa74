"""Waypoints: whose pods they are, who is led through them, and what gets through, by all policies on the way."""

import pytest
import yaml

from scaffold.graph.rows import Rows
from scaffold.reach import manifests
from scaffold.reach.evaluate import Evaluation
from scaffold.reach.mesh import Admission, read_mesh
from scaffold.reach.universe import Universe

SPACE = "{kind: Namespace, metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}}"
STRICT = "{kind: PeerAuthentication, apiVersion: security.istio.io/v1, metadata: {namespace: shop, name: d}, spec: {mtls: {mode: STRICT}}}"
GATEWAY = """
kind: Gateway
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: w, namespace: shop, labels: {app: api, istio.io/waypoint-for: all}}
spec: {gatewayClassName: istio-waypoint, infrastructure: {labels: {component: waypoint}}, listeners: []}
"""


def workload(name, use=""):
    labels = {"app": name, **({"istio.io/use-waypoint": use} if use else {})}
    return {"kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}, "spec": {"serviceAccountName": name, "containers": [{"name": "c", "ports": [{"containerPort": 8080, "name": "http"}]}]}}  # fmt: skip


def service(use="", port=80):
    labels = {"istio.io/use-waypoint": use} if use else {}
    return {"kind": "Service", "metadata": {"name": "api", "namespace": "shop", "labels": labels}, "spec": {"selector": {"app": "api"}, "ports": [{"name": "http", "port": port, "targetPort": "http"}]}}  # fmt: skip


def rules(name, principals, ports, **place):
    source = [{"source": {"principals": [f"cluster.local/ns/shop/sa/{one}" for one in principals]}}]
    made = [{"from": source, "to": [{"operation": {"ports": ports}}]}]
    return {"kind": "AuthorizationPolicy", "apiVersion": "security.istio.io/v1", "metadata": {"name": name, "namespace": "shop"}, "spec": {**place, "rules": made}}  # fmt: skip


def of(kind, name):
    group = "" if kind == "Service" else "gateway.networking.k8s.io"
    return {"targetRefs": [{"group": group, "kind": kind, "name": name}]}


OWN = rules("own", ["w"], ["8080"], selector={"matchLabels": {"app": "api"}})


def reached(*objects, flows=()):
    """Return on which ports the web pod reaches the api pod, asked in both ways that there are."""
    given = [yaml.safe_load(text) for text in (SPACE, STRICT)] + [*objects, workload("web"), *map(network, flows)]
    pods, mesh = manifests.pods(given), read_mesh(given)
    universe = Universe(pods, manifests.namespaces(given), mesh.blocks)
    [api], [web] = ([pod for pod in pods if pod.name == name] for name in ("api", "web"))
    policies, admission = manifests.policies(given), Admission(universe, mesh)
    evaluation = Evaluation(universe, policies, layer=admission)
    into = {one for source, target, one in evaluation.flows([api]) if (source, target) == (web, api)}
    out = {one for source, target, one in evaluation.flows([web]) if (source, target) == (web, api)}
    rows = Rows(universe, policies, admission)
    assert into == out == {one for who, ports in rows.row(api) if who & rows.bit[web] for one in ports}
    return sorted(one for one in into if one[0] == "TCP")


def network(text):
    """Make a NetworkPolicy: `api<w:15008` lets w reach api, and nobody else; `w>api:15008` is w's egress."""
    ends, port = text.split(":")
    own, other = ends.replace(">", "<").split("<")
    labels = {"component": "waypoint"} if own == "w" else {"app": own}
    peer = [{"podSelector": {"matchLabels": {"component": "waypoint"} if other == "w" else {"app": other}}}]
    side, name = ("ingress", "from") if "<" in ends else ("egress", "to")
    spec = {"podSelector": {"matchLabels": labels}, "policyTypes": [side.capitalize()], side: [{name: peer, "ports": [{"port": int(port)}]}]}  # fmt: skip
    return {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1", "metadata": {"name": text, "namespace": "shop"}, "spec": spec}  # fmt: skip


def gateway(**changes):
    made = yaml.safe_load(GATEWAY)
    for key, value in changes.items():
        at = made["metadata" if key in {"labels", "annotations"} else "spec"]
        if value is None:
            at.pop(key)
        else:
            at[key] = value
    return made


def test_its_pods_are_what_istiod_makes_of_the_gateway():
    [pod] = manifests.pods([gateway()])
    labels = dict(pod.labels)
    assert (str(pod), pod.account, pod.tunnelled, pod.proxy) == ("shop/w", "w", False, "all")
    assert labels["gateway.networking.k8s.io/gateway-name"] == "w"
    assert (labels["component"], labels.get("app")) == ("waypoint", None)
    [pod] = manifests.pods([gateway(annotations={"gateway.istio.io/service-account": "api.w"})])
    assert pod.account == "api.w"
    # Without labels for them they have the Gateway's own, and whatever selects those selects them, too.
    [pod] = manifests.pods([gateway(infrastructure=None, labels={"app": "api"})])
    assert (dict(pod.labels)["app"], pod.proxy) == ("api", "services")
    assert manifests.pods([gateway(gatewayClassName="istio")]) == []


def test_which_one_a_pod_uses():
    space = {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "of-all", "istio.io/use-waypoint-namespace": "infra"}}}  # fmt: skip
    assert [pod.through for pod in manifests.pods([space, workload("a"), workload("b", "w"), workload("c", "none")])] == [
        "infra/of-all",
        "shop/w",
        "",
    ]  # fmt: skip


AT_8080 = [("TCP", 8080, 8080)]
ALLOW = rules("outer", ["web"], ["8080"], **of("Gateway", "w"))
API, FRONT = workload("api", "w"), service("w")


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ((API, gateway(), OWN, ALLOW), AT_8080),
        # What is sent to a Service is known by the Service's port.
        ((API, FRONT, gateway(), OWN, rules("outer", ["web"], ["80"], **of("Gateway", "w"))), AT_8080),
        ((API, FRONT, gateway(), OWN, rules("outer", ["web"], ["81"], **of("Gateway", "w"))), []),
        ((workload("api"), FRONT, gateway(), OWN, rules("outer", ["web"], ["80"], **of("Gateway", "w"))), AT_8080),
        # For somebody else, and for nothing that is there.
        ((API, gateway(), OWN, rules("outer", ["cart"], ["8080"], **of("Gateway", "w"))), []),
        ((API, gateway(), OWN, rules("outer", ["web"], ["9090"], **of("Gateway", "w"))), []),
        # Without a rule that names it, a waypoint lets everything through: selectors are not for it.
        ((API, gateway(), OWN), AT_8080),
        ((API, gateway(), OWN, rules("outer", [], ["1"], selector={"matchLabels": {"component": "waypoint"}})), AT_8080),
        ((API, gateway(), OWN, rules("outer", ["cart"], ["8080"], **of("Gateway", "other"))), AT_8080),
        ((API, gateway(), OWN, rules("outer", ["cart"], ["8080"], targetRefs=[{**of("Gateway", "w")["targetRefs"][0], "namespace": "x"}])), AT_8080),
        # A Service's rules shut that Service, and not the pods' own addresses.
        ((API, FRONT, gateway(), OWN, rules("outer", ["cart"], ["80"], **of("Service", "api"))), AT_8080),
        ((workload("api"), FRONT, gateway(), OWN, rules("outer", ["cart"], ["80"], **of("Service", "api"))), []),
        # One for Services stands before no pod.
        ((API, gateway(labels={}), OWN, ALLOW), []),
        # The pod lets nobody in but the waypoint, and that is not there.
        ((API, OWN, ALLOW), []),
        ((workload("api"), gateway(), OWN, ALLOW), []),
        # It lets its caller in by itself: whatever the waypoint says, it can be passed by.
        ((API, gateway(), rules("own", ["web"], ["8080"]), rules("outer", ["cart"], ["1"], **of("Gateway", "w"))), AT_8080),
    ],
)  # fmt: skip
def test_what_gets_through(objects, found):
    assert reached(*objects) == found


WAY = ("web>w:15008", "w<web:15008", "w>api:15008", "api<w:15008")


def test_every_policy_on_the_way_counts():
    way = (API, gateway(), OWN, ALLOW)
    assert reached(*way, flows=WAY) == AT_8080
    for at in range(len(WAY)):
        for other in (WAY[at].replace("15008", "8080"), WAY[at].replace(">", ">no").replace("<", "<no")):
            assert reached(*way, flows=[*WAY[:at], other, *WAY[at + 1 :]]) == []


def test_who_shows_no_certificate_does_not_come_by_it():
    space = SPACE.replace("ambient", "none")
    given = [yaml.safe_load(one) for one in (space, STRICT)] + [API, workload("web"), gateway(), OWN]
    pods, mesh = manifests.pods(given), read_mesh(given)
    [web], [proxy] = ([pod for pod in pods if pod.name == name] for name in ("web", "w"))
    admission = Admission(Universe(pods, {}, mesh.blocks), mesh)
    assert admission.admitted(web, proxy)[:2] == [("TCP", 0, 15007), ("TCP", 15009, 65535)]
    assert admission.relayed(web, proxy, pods[0], AT_8080) == set()
