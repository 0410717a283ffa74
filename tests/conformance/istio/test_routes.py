"""Istio takes a route at a gateway of its own, and judges it beside a Gateway with TLS; what it would not route it refuses.

It judges what is written: a route in the mesh, on a port without TLS, or for every host is fine with it. These are refused by
`network/open-route` of our own checks, with a twin each in tests/checks.
"""

import pytest
from conformance.helpers import tweak
from harness import app, dump, platform, put
from harness import run as render

pytestmark = pytest.mark.programs("istioctl")

ABOUT = "routes at a gateway of Istio's own"
PUBLIC = {"kind": "istio", "namespace": "gateways", "labels": {"app": "gateway"}, "account": "public"}
# What the platform team has, as SECURITY.md asks for it.
GATEWAY = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "public", "namespace": "gateways"},
    "spec": {
        "selector": {"app": "gateway"},
        "servers": [
            {
                "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                "hosts": ["shop/api.example.com"],
                "tls": {"mode": "SIMPLE", "credentialName": "api-example-com", "minProtocolVersion": "TLSV1_2"},
            },
            {
                "port": {"number": 80, "name": "http", "protocol": "HTTP"},
                "hosts": ["shop/api.example.com"],
                "tls": {"httpsRedirect": True},
            },
        ],
    },
}
LABELS = {"app": "gateway"}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "gateway", "namespace": "gateways", "labels": LABELS},
    "spec": {"containers": [{"name": "istio-proxy", "image": "proxy"}]},
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "gateway", "namespace": "gateways"},
    "spec": {"selector": LABELS, "ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}]},
}
CERTIFICATE = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "api-example-com", "namespace": "gateways"}}


@pytest.fixture(scope="module")
def made(catalog):
    asked = {"gateway": "public", "port": "http", "host": "api.example.com", "paths": ["/api/*"], "methods": ["GET"]}
    api = app(ports={"http": {"port": 8080, "protocol": "http"}}, **{"from": [asked]})
    return render(catalog, api, platform(gateways={"public": PUBLIC}))


@pytest.fixture
def files(made, tmp_path):
    """Routes and what `analyze` looks at beside them, the platform team's Gateway among it, by kind and name."""
    rendered = [one for part in ("apps/", "namespaces/") for one in made.objects(part)]
    found = {}
    routed = [one for one in rendered if one["kind"] in {"Namespace", "Service", "VirtualService"}]
    for value in (*routed, GATEWAY, POD, SERVICE, CERTIFICATE):
        path = tmp_path / f"{value['kind']}-{value['metadata']['name']}.yaml"
        path.write_text(dump(value), "utf-8")
        found[path.stem] = path
    return found


def verdicts(run, files):
    """Return whether `validate` and `analyze` find nothing, and what they say."""
    routes = [path for name, path in files.items() if name.startswith("VirtualService")]
    validated = run("istioctl", "validate", *(part for path in routes for part in ("-f", path)))
    analyzed = run("istioctl", "analyze", "-A", "--use-kube=false", *files.values())
    return validated.returncode == 0, analyzed.returncode == 0, validated.stderr + analyzed.stdout


ROUTE, REDIRECT = "VirtualService-api.public.api.example.com", "VirtualService-public.api.example.com.redirect"


def test_routes_are_understood(run, files, proof):
    assert {ROUTE, REDIRECT, "Service-api"} < set(files)
    valid, sound, said = verdicts(run, files)
    assert (valid, sound, "IST" in said) == (True, True, False), said
    proof("istioctl", ABOUT, "accepted")


RULE = ("spec", "http", 0)
TWINS = {
    "a gateway that is not there": (ROUTE, put("spec", "gateways", to=["gateways/publik"]), "IST0101"),
    "a host that the gateway does not take": (ROUTE, put("spec", "hosts", to=["api.example.org"]), "IST0132"),
    "no destination": (ROUTE, put(*RULE, "route", to=...), "HTTP route"),
    "a misspelt field": (ROUTE, put(*RULE, "match", 0, "methods", to={"exact": "GET"}), "unknown field"),
    "a redirect that says nothing": (REDIRECT, put(*RULE, "redirect", to={}), "redirect must specify"),
    "every host of the mesh": (ROUTE, lambda v: v["spec"].update(hosts=["*"], gateways=["mesh"]), "wildcard host"),
    "for one namespace and for all": (ROUTE, put("spec", "exportTo", to=["*", "gateways"]), "exportTo"),
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_refused(run, files, name, proof):
    which, change, reason = TWINS[name]
    tweak(files[which], change)
    valid, sound, said = verdicts(run, files)
    assert not (valid and sound) or "IST" in said
    assert reason in said
    proof("istioctl", ABOUT, "twin_refused")
