"""A route at a gateway of Istio's own is exactly the declared one; each twin is found, whatever it opens."""

import pytest
from harness import app, edited, platform, put, run

from scaffold.errors import FindingsError
from scaffold.verify import verify

ROUTE = "apps/shop/api/base/virtual-service-public.api.example.com.yaml"
REDIRECT = "namespaces/shop/virtual-service-public.api.example.com-redirect.yaml"
GATEWAY = {"kind": "istio", "namespace": "gateways", "labels": {"app": "gateway"}, "account": "public"}


@pytest.fixture(scope="module")
def made(catalog):
    asked = {"gateway": "public", "port": "http", "host": "api.example.com", "paths": ["/api/*"], "methods": ["GET"]}
    api = app(ports={"http": {"port": 8080, "protocol": "http"}}, **{"from": [asked]})
    return run(catalog, api, platform(gateways={"public": GATEWAY}))


def as_gateway(value):
    server = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*/*"]}
    value.update(kind="Gateway", spec={"selector": {"app": "gateway"}, "servers": [server]})


RULE = ("spec", "http", 0)
TWINS = {
    "every host": (ROUTE, put("spec", "hosts", to=["*"])),
    "every host of a domain": (ROUTE, put("spec", "hosts", to=["*.example.com"])),
    "inside the mesh": (ROUTE, put("spec", "gateways", to=["mesh"])),
    "inside the mesh, too": (ROUTE, lambda v: v["spec"]["gateways"].append("mesh")),
    "at no gateway, which is the mesh": (ROUTE, put("spec", "gateways", to=...)),
    "at another gateway": (ROUTE, put("spec", "gateways", to=["other/public"])),
    "for all to see": (ROUTE, put("spec", "exportTo", to=...)),
    "without TLS": (ROUTE, put(*RULE, "match", 0, "port", to=...)),
    "on the port without TLS": (ROUTE, put(*RULE, "match", 0, "port", to=80)),
    "every request": (ROUTE, put(*RULE, "match", to=...)),
    "every method": (ROUTE, put(*RULE, "match", 0, "method", to=...)),
    "longer words": (ROUTE, put("spec", "http", 1, "match", 0, "uri", to={"prefix": "/api"})),
    "another Service": (ROUTE, put(*RULE, "route", 0, "destination", "host", to="other")),
    "another path behind it": (ROUTE, put(*RULE, "rewrite", to={"uri": "/admin"})),
    "a copy for somebody else": (ROUTE, put(*RULE, "mirror", to={"host": "evil.example.com"})),
    "any origin": (ROUTE, put(*RULE, "corsPolicy", to={"allowOrigins": [{"prefix": "http"}]})),
    "bytes": (ROUTE, put("spec", "tcp", to=[{"route": [{"destination": {"host": "api"}}]}])),
    "a Gateway instead": (ROUTE, as_gateway),
    "no redirect": (REDIRECT, put(*RULE, "redirect", to=...)),
    "a redirect to plain text": (REDIRECT, put(*RULE, "redirect", "scheme", to="http")),
    "a redirect elsewhere": (REDIRECT, put(*RULE, "redirect", "authority", to="evil.example.com")),
    "a redirect on the port for TLS": (REDIRECT, put(*RULE, "match", 0, "port", to=443)),
    "an answer in plain text": (REDIRECT, put(*RULE, to={"route": [{"destination": {"host": "api"}}]})),
}


@pytest.mark.parametrize("twin", TWINS)
def test_a_twin_is_found(made, twin):
    path, change = TWINS[twin]
    with pytest.raises(FindingsError) as caught:
        verify(edited(made.bundle, path, change), made.system)
    assert "network/open-route" in {one.check for one in caught.value.findings if one.severity == "error"}
