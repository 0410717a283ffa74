"""Linkerd's policies are taken as they are written, by a definition of ours; misspelt ones are not, nor another's container

Linkerd's own definitions are in no package index, and its policy controller, which reads them, is written in Rust and in none
either: so the API server judges them by a definition of ours, after the documentation, strictly. Whom they let in is judged
by our own evaluation, after the controller's code, with twins in tests/checks. A pod with the proxy that Linkerd adds with its
CNI plugin is admitted at restricted, and with its init container that sets up the node's packet filter it is not.
"""

import copy
import json

import pytest
from conformance.apiserver.conftest import refused
from harness import app, platform, put, run

ABOUT = "Linkerd's policies, by a definition of ours: its own is in no package index"
NAMESPACE = "shop-of-linkerd"
KINDS = ("server", "authorizationpolicy", "meshtlsauthentication", "networkauthentication", "httplocalratelimitpolicy")
CALLERS = [
    {"app": "web", "namespace": "front", "port": "http"},
    {"cidr": "192.0.2.0/24", "port": "http"},
    {"pods": {"app": "prometheus"}, "namespace": "monitoring", "port": "metrics"},
]
# As its injector writes it (charts/partials of linkerd/linkerd2), less what the API server does not judge.
PROXY = {
    "name": "linkerd-proxy",
    "image": "cr.l5d.io/linkerd/proxy:edge-25.10.5",
    "restartPolicy": "Always",
    "resources": {"limits": {"cpu": "100m", "memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": 2102,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
NET_ADMIN = {"add": ["NET_ADMIN", "NET_RAW"]}


@pytest.fixture(scope="module")
def made(catalog):
    http = {"port": 8080, "protocol": "http", "limits": {"each": {"requests": 50, "per": "second"}}}
    ports = {"http": http, "metrics": {"port": 9090}}
    mesh = platform(mesh={"mode": "linkerd"}, clusterNetworks=["10.0.0.0/8"])
    return run(catalog, app(namespace=NAMESPACE, ports=ports, **{"from": CALLERS}), mesh)


def of_kind(made, kind):
    return next(value for value in made.objects("apps/") if value["kind"].lower() == kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_is_kept_as_it_is(cluster, applied_made, kind, proof):
    value = of_kind(applied_made, kind)
    asked = ("get", f"{kind}.policy.linkerd.io/{value['metadata']['name']}", "-n", NAMESPACE, "-o", "json")
    assert json.loads(cluster.kubectl(*asked).stdout)["spec"] == value["spec"]
    proof("kube-apiserver", ABOUT, "accepted")


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("server", put("spec", "accessPolicies", to="deny"), "field not declared in schema"),
        ("server", put("spec", "accessPolicy", to="allow"), "Unsupported value"),
        ("server", put("spec", "proxyProtocol", to="HTTP"), "Unsupported value"),
        ("server", put("spec", "podSelector", to=...), "Required value"),
        ("server", put("apiVersion", to="policy.linkerd.io/v1beta1"), "no matches for kind"),
        ("authorizationpolicy", put("spec", "requiredAuthenticationRef", to=[]), "field not declared in schema"),
        ("authorizationpolicy", put("spec", "requiredAuthenticationRefs", to=...), "Required value"),
        ("authorizationpolicy", put("spec", "targetRef", "namespace", to="x"), "field not declared in schema"),
        ("meshtlsauthentication", put("spec", "identityRefs", to=[]), "at least 1 items"),
        ("meshtlsauthentication", put("spec", "identities", to=["*"]), "must validate one and only one schema"),
        ("networkauthentication", put("spec", "networks", 0, "exept", to=[]), "field not declared in schema"),
        ("httplocalratelimitpolicy", put("spec", "totals", to={}), "field not declared in schema"),
        ("httplocalratelimitpolicy", put("spec", "total", "requestsPerSecond", to="50"), "expected numeric"),
    ],
)
def test_a_broken_policy_is_refused(cluster, applied_made, kind, change, says, proof):
    twin = copy.deepcopy(of_kind(applied_made, kind))
    assert refused(cluster, twin) == ""
    change(twin)
    assert says in refused(cluster, twin)
    proof("kube-apiserver", ABOUT, "twin_refused")


@pytest.mark.parametrize(("change", "says"), [({}, ""), ({"capabilities": NET_ADMIN}, "restricted")])
def test_a_pod_with_its_proxy_is_restricted(cluster, applied_made, change, says):
    template = copy.deepcopy(of_kind(applied_made, "deployment")["spec"]["template"])
    template["spec"]["initContainers"] = [copy.deepcopy(PROXY)]
    template["spec"]["initContainers"][0]["securityContext"] |= change
    pod = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "one", "namespace": NAMESPACE}}
    found = refused(cluster, pod)
    assert says in found
    assert bool(says) == bool(found)
