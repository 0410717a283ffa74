"""A gateway of the Gateway API answers over TLS, for the declared hosts, paths and methods, and redirects all else of a host

What is asked is Envoy's configuration, as istiod's own code makes it of the routes beside the platform team's Gateway. The
twins: a route on every listener, one without its host, method or path, and a redirect that is none.
"""

import base64
import json
import subprocess
from itertools import product

import pytest
from harness import app, dump, loaded, platform, put
from harness import run as render

pytestmark = pytest.mark.programs("routes")

ABOUT = "routes at a gateway of the Gateway API"
HOSTS = ("api.example.com", "shop.example.com", "other.example.com")
PATHS = ("/", "/api", "/api/v1", "/apis", "/admin", "/health")
METHODS = ("GET", "POST", "DELETE")
LABELS = {"gateway.networking.k8s.io/gateway-name": "public"}
CLASS = {
    "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "istio"},
    "spec": {"controllerName": "istio.io/gateway-controller"},
}  # fmt: skip
EVERYBODY = {"namespaces": {"from": "All"}}
# What the platform team has, as SECURITY.md asks for it.
GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
    "metadata": {"name": "public", "namespace": "gateways"},
    "spec": {
        "gatewayClassName": "istio",
        "addresses": [{"type": "Hostname", "value": "gateway.gateways.svc.cluster.local"}],
        "listeners": [
            {
                "name": "https", "port": 443, "protocol": "HTTPS", "allowedRoutes": EVERYBODY,
                "tls": {"mode": "Terminate", "certificateRefs": [{"name": "certificate"}]},
            },
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": EVERYBODY},
        ],
    },
}  # fmt: skip
# A request is a port, a host, a path and a method.
REQUESTS = set(product((80, 443), HOSTS, PATHS, METHODS))


def meant(port, host, path, method):
    """Return what a request comes to: the Service of an App, a redirect, or nothing."""
    if host not in HOSTS[:2]:
        return None
    if port == 80:
        return "redirect to https, 301"
    if host == "shop.example.com":
        return "web"
    declared = path in {"/api", "/health"} or path.startswith("/api/")
    return "api" if declared and method == "GET" else None


@pytest.fixture(scope="module")
def made(catalog):
    asked = {
        "gateway": "public",
        "port": "http",
        "host": "api.example.com",
        "paths": ["/api/*", "/health"],
        "methods": ["GET"],
    }
    ports = {"http": {"port": 8080, "service": 80, "protocol": "http"}}
    api = app(ports=ports, **{"from": [asked]})
    web = app("web", ports=ports, **{"from": [{"gateway": "public", "port": "http", "host": "shop.example.com"}]})
    return render(catalog, api, web, platform(gateways={"public": {"namespace": "gateways", "labels": LABELS}}))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return the Secret that the Gateway's listener names."""
    folder = tmp_path_factory.mktemp("certificate")
    made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=example.com", "-keyout", folder / "tls.key", "-out", folder / "tls.crt")  # fmt: skip
    subprocess.run(made, check=True, capture_output=True, umask=0o077)
    data = {name: base64.b64encode((folder / name).read_bytes()).decode() for name in ("tls.crt", "tls.key")}
    metadata = {"name": "certificate", "namespace": "gateways"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/tls", "data": data}


@pytest.fixture
def files(made):
    """The routes and Services that are rendered, by the names of their files."""
    found = {}
    for file in made.bundle.files:
        if file.path.startswith(("apps/", "namespaces/")) and file.path.endswith(".yaml"):
            value = loaded(file.text)
            if value["kind"] in {"HTTPRoute", "Service", "Namespace"}:
                found[file.path.removeprefix("apps/shop/")] = value
    return found


@pytest.fixture
def answered(talk, certificate):
    """Return what comes of each request at the gateway, by what istiod tells it of some objects."""

    def ask(files):
        objects = (CLASS, GATEWAY, certificate, *files.values())
        pod = {"Name": "gateway", "Namespace": "gateways", "Labels": LABELS, "IP": "10.0.0.9"}
        told = json.loads(talk("routes")(json.dumps({"Objects": "\n---\n".join(map(dump, objects)), **pod})))
        routes = {one["name"]: one for one in told["Routes"]}
        return {request: answer(told["Listeners"], routes, *request) for request in REQUESTS}

    return ask


def answer(listeners, routes, port, host, path, method):
    """Return what comes of one request: over TLS on port 443 alone, in plain text on any other."""
    for listener in listeners:
        if listener["address"]["socketAddress"]["portValue"] != port:
            continue
        for chain in listener["filterChains"]:
            assert ("transportSocket" in chain) == (port == 443), "plain text where TLS is spoken, or the reverse"
            [manager] = [
                one["typedConfig"] for one in chain["filters"] if one["name"].endswith("http_connection_manager")
            ]
            for virtual in routes[manager["rds"]["routeConfigName"]].get("virtualHosts", ()):
                if host in virtual["domains"] or "*" in virtual["domains"]:
                    return outcome(virtual, path, method)
    return None


def outcome(virtual, path, method):
    for route in virtual.get("routes", ()):
        if not fits(route["match"], path, method):
            continue
        if "redirect" in route:
            code = {"MOVED_PERMANENTLY": 301}[route["redirect"].get("responseCode", "MOVED_PERMANENTLY")]
            return f"redirect to {route['redirect']['schemeRedirect']}, {code}"
        return route["route"]["cluster"].split("|")[-1].split(".")[0] if "route" in route else None
    return None


def fits(match, path, method):
    """Tell whether a matcher of Envoy's is for a request; of headers it knows the method alone."""
    kinds = {
        "prefix": path.startswith, "path": path.__eq__,
        "pathSeparatedPrefix": lambda text: path == text or path.startswith(f"{text}/"),
    }  # fmt: skip
    [kind] = match.keys() - {"headers", "caseSensitive"}
    headers = [(one["name"], one["stringMatch"]["exact"]) for one in match.get("headers", ())]
    return kinds[kind](match[kind]) and all(one == (":method", method) for one in headers)


def test_declared_requests_are_answered_over_tls_alone(answered, files, proof):
    assert answered(files) == {request: meant(*request) for request in REQUESTS}
    proof("routes", ABOUT, "accepted")


ROUTE, REDIRECT = "api/base/http-route-public.api.example.com.yaml", "http-route-public.api.example.com-redirect.yaml"
MATCH = ("spec", "rules", 0, "matches", 0)
TWINS = {
    "every listener": (ROUTE, put("spec", "parentRefs", 0, "sectionName", to=...)),
    "every host": (ROUTE, put("spec", "hostnames", to=...)),
    "every method": (ROUTE, put(*MATCH, "method", to=...)),
    "every path": (ROUTE, put(*MATCH, "path", "value", to="/")),
    "a redirect that answers": (
        REDIRECT,
        lambda value: value["spec"].update(rules=[{"backendRefs": [{"name": "api", "port": 80}]}]),
    ),
    "a redirect to plain text": (REDIRECT, put("spec", "rules", 0, "filters", 0, "requestRedirect", "scheme", to="http")),
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_noticed(answered, files, name, proof):
    which, change = TWINS[name]
    [path] = [path for path in files if path.endswith(which)]
    change(files[path])
    assert answered(files) != {request: meant(*request) for request in REQUESTS}
    proof("routes", ABOUT, "twin_refused")
