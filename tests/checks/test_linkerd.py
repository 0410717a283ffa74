"""What Linkerd lets in is exactly what was declared; each twin of one of its policies is found, whatever it opens or shuts."""

import pytest
from harness import app, edited, platform, put, run

from scaffold.errors import FindingsError
from scaffold.verify import verify

BASE = "apps/shop/api/base/"
SERVER, RULE, WHO = (
    f"{BASE}server-http.yaml",
    f"{BASE}authorization-policy-http.yaml",
    f"{BASE}mesh-tls-authentication-http.yaml",
)
OUTSIDE = f"{BASE}network-authentication-http.yaml"
FLOWS, PODS, SPACE = f"{BASE}network-policy.yaml", f"{BASE}deployment.yaml", "namespaces/shop/namespace.yaml"
LIMIT = f"{BASE}http-local-rate-limit-policy-http.yaml"
LIMITS = {"each": {"requests": 50, "per": "second"}}
PORTS = {
    "http": {"port": 8080, "protocol": "http", "limits": LIMITS},
    "metrics": {"port": 9090},
    "admin": {"port": 8444},
}
CALLERS = [
    {"app": "web", "namespace": "front", "port": "http"},
    {"cidr": "192.0.2.0/24", "port": "http"},
    {"pods": {"app": "prometheus"}, "namespace": "monitoring", "port": "metrics"},
]


@pytest.fixture(scope="module")
def made(catalog):
    spec = {"ports": PORTS, "from": CALLERS, "to": [{"app": "cart", "port": 7000}]}
    return run(catalog, app(**spec), platform(mesh={"mode": "linkerd"}, clusterNetworks=["10.0.0.0/8"]))


def noted(*path, **changes):
    def change(value):
        for part in path:
            value = value[part]
        for key, text in changes.items():
            value["annotations"][f"config.linkerd.io/{key.replace('_', '-')}"] = text

    return change


def disabled(value):
    value["spec"]["template"]["metadata"]["annotations"]["linkerd.io/inject"] = "disabled"


def everybody(kind):
    return lambda value: value["spec"].update(requiredAuthenticationRefs=[], **kind)


TEMPLATE = ("spec", "template", "metadata")
REFERENCE = ("spec", "requiredAuthenticationRefs", 0)
GRANT, FLOW, PLAIN = "mesh/unasked-grant", "network/flow-mismatch", "mesh/plaintext-port"
UNLIMITED = "mesh/ineffective-limit"
TWINS = {
    "nobody has to show anything": (RULE, everybody({}), {GRANT, FLOW}),
    "nor at any port of the namespace": (RULE, everybody({"targetRef": {"kind": "Namespace", "name": "shop"}}), {GRANT, FLOW, PLAIN}),
    "a rule for the whole namespace": (RULE, put("spec", "targetRef", to={"kind": "Namespace", "name": "shop"}), {GRANT, FLOW}),
    "a rule for some requests": (RULE, put("spec", "targetRef", to={"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "r"}), {GRANT, FLOW}),
    "a rule for no Server": (RULE, put("spec", "targetRef", "name", to="http"), {GRANT, FLOW}),
    "an authentication that is not there": (RULE, put(*REFERENCE, "name", to="api"), {GRANT, FLOW}),
    "a rule that asks for addresses instead": (RULE, put(*REFERENCE, "kind", to="NetworkAuthentication"), {GRANT, FLOW}),
    "a Server that is open": (SERVER, put("spec", "accessPolicy", to="all-unauthenticated"), {GRANT, FLOW}),
    "a Server that audits": (SERVER, put("spec", "accessPolicy", to="audit"), {GRANT, FLOW}),
    "a Server for whoever is in the mesh": (SERVER, put("spec", "accessPolicy", to="cluster-authenticated"), {GRANT, FLOW}),
    "a Server of another port": (SERVER, put("spec", "port", to=8444), {GRANT, FLOW, PLAIN}),
    "a Server of a port by name": (SERVER, put("spec", "port", to="admin"), {GRANT, FLOW, PLAIN}),
    "a Server of other pods": (SERVER, put("spec", "podSelector", "matchLabels", to={"app": "api"}), {GRANT, FLOW, PLAIN}),
    "every identity": (WHO, put("spec", to={"identities": ["*"]}), {GRANT, FLOW}),
    "every identity of a namespace": (WHO, put("spec", to={"identityRefs": [{"kind": "Namespace", "name": "front"}]}), {GRANT, FLOW}),
    "identities of a namespace, by pattern": (WHO, put("spec", to={"identities": ["*.front.serviceaccount.identity.linkerd.cluster.local"]}), {GRANT, FLOW}),
    "another identity": (WHO, put("spec", "identityRefs", 0, "name", to="other"), {GRANT, FLOW}),
    "an identity of its own namespace": (WHO, put("spec", "identityRefs", 0, "namespace", to=...), {GRANT, FLOW}),
    "all addresses": (OUTSIDE, put("spec", "networks", to=[{"cidr": "0.0.0.0/0"}]), {GRANT, FLOW}),
    "addresses of pods": (OUTSIDE, put("spec", "networks", 0, "cidr", to="10.0.0.0/8"), {GRANT, FLOW}),
    "no addresses": (OUTSIDE, put("spec", "networks", to=[]), {GRANT, FLOW, PLAIN}),
    "the tunnel for everybody": (FLOWS, put("spec", "ingress", 1, "from", to=[{"namespaceSelector": {}}]), {FLOW}),
    "the port and not the tunnel": (FLOWS, put("spec", "ingress", 1, "ports", 0, "port", to=8080), {FLOW}),
    "a higher limit": (LIMIT, put("spec", "total", "requestsPerSecond", to=5000), {UNLIMITED}),
    "a limit of each caller alone": (LIMIT, put("spec", to={"identity": {"requestsPerSecond": 50}}), {UNLIMITED}),
    "a limit of another port": (LIMIT, put("spec", "targetRef", "name", to="api.admin"), {UNLIMITED}),
    "a limit that is Envoy's": (LIMIT, put("kind", to="EnvoyFilter"), {UNLIMITED}),
    "pods without a proxy": (PODS, disabled, {GRANT, FLOW, PLAIN}),
    "pods that let everybody in": (PODS, noted(*TEMPLATE, default_inbound_policy="all-unauthenticated"), {GRANT, FLOW, PLAIN}),
    "a port that is led past the proxy": (PODS, noted(*TEMPLATE, skip_inbound_ports="8000-8999,9090"), {FLOW, PLAIN, GRANT}),
    "a port that is not": (PODS, noted(*TEMPLATE, skip_inbound_ports=""), {FLOW, PLAIN, GRANT}),
}  # fmt: skip


def found(made, path, change):
    with pytest.raises(FindingsError) as caught:
        verify(edited(made.bundle, path, change), made.system)
    return {finding.check for finding in caught.value.findings if finding.severity == "error"}


@pytest.mark.parametrize("twin", TWINS)
def test_a_twin_is_found(made, twin):
    path, change, checks = TWINS[twin]
    assert found(made, path, change) - {"pod-security/unasked-pod"} == checks


def test_a_server_that_lets_in_nobody_is_sound(made):
    """No one calls the third port: its Server has no rule, which shuts it."""
    assert f"{BASE}server-admin.yaml" in {file.path for file in made.bundle.files}
    assert not [file.path for file in made.bundle.files if "policy-admin" in file.path]
    verify(made.bundle, made.system)


def test_what_pods_say_counts_and_not_their_namespace_alone(made):
    """The namespace's annotation is for pods that say nothing."""
    verify(edited(made.bundle, SPACE, put("metadata", "annotations", to=...)), made.system)
