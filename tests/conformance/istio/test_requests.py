"""Istio takes what is asked of single requests, tokens and conditions in one rule; what it would not understand it refuses.

It judges what is written: a rule beside the caller's, and a token that nothing asks for, are fine with it. These are
refused by `mesh/unasked-grant` and `mesh/untrusted-issuer` of our own checks, with a twin each in tests/checks.
"""

import copy

import pytest
from conformance.helpers import tweak
from harness import app, dump, loaded, platform, put
from harness import run as render

pytestmark = pytest.mark.programs("istioctl")

ABOUT = "conditions on requests"
CLUSTER = platform(
    mesh={"mode": "istio-sidecar"},
    gateways={"public": {"namespace": "gateways", "labels": {"a": "b"}, "account": "public", "seesCallers": True}},
    issuers={
        "main": {
            "issuer": "https://login.example.com/realms/shop",
            "jwksUri": "https://login.example.com/keys",
            "audiences": ["orders"],
        }
    },
)
ASKING = app(
    ports={"http": {"port": 8080, "protocol": "http"}, "grpc": {"port": 9000, "protocol": "grpc"}},
    **{
        "from": [
            {
                "gateway": "public",
                "host": "api.example.com",
                "port": "http",
                "token": {"issuer": "main", "audiences": ["orders"], "claims": {"realm/roles": ["buyer", "a:b"]}},
                "addresses": ["203.0.113.0/24", "2001:db8::/32"],
                "refusedAgents": ["curl/*", "Go-http-client/1.1"],
            },
            {"app": "web", "port": "grpc", "token": {"issuer": "main", "forward": True}},
            {"app": "web", "port": "http", "headers": {"x-tenant": ["acme", "a,b"], "x-kind": ["1"]}},
        ]
    },
)
GROUP = "security.istio.io/"


@pytest.fixture(scope="module")
def files(catalog, tmp_path_factory):
    """The objects of Istio's API group, by kind and name."""
    folder = tmp_path_factory.mktemp("requests")
    found = {}
    for value in render(catalog, ASKING, CLUSTER).objects("apps/"):
        if value.get("apiVersion", "").startswith(GROUP):
            path = folder / f"{value['kind']}.yaml"
            path.write_text(dump(value), "utf-8")
            found[value["kind"]] = path
    return found


@pytest.fixture(scope="module")
def attached(catalog, tmp_path_factory):
    """The same in a mesh without sidecars, where it is for the App's waypoint."""
    folder, cluster = tmp_path_factory.mktemp("attached"), copy.deepcopy(CLUSTER)
    cluster["spec"]["mesh"] = {"mode": "istio-ambient"}
    found = {}
    for value in render(catalog, ASKING, cluster).objects("apps/"):
        if "targetRefs" in value.get("spec", {}) or value["kind"] == "Gateway":
            path = folder / f"{value['kind']}.yaml"
            path.write_text(dump(value), "utf-8")
            found[value["kind"]] = path
    return found


def verdicts(run, paths):
    """Return whether `validate` and `analyze` find nothing, and what they say."""
    validated = run("istioctl", "validate", *(part for path in paths for part in ("-f", path)))
    analyzed = run("istioctl", "analyze", "-A", "--use-kube=false", *paths)
    said = validated.stderr + analyzed.stdout
    return validated.returncode == 0, analyzed.returncode == 0, said


def test_what_is_asked_is_understood(run, files, proof):
    assert sorted(files) == ["AuthorizationPolicy", "RequestAuthentication"]
    assert verdicts(run, files.values())[:2] == (True, True)
    proof("istioctl", ABOUT, "accepted")


def test_what_is_asked_at_a_waypoint_is_understood(run, attached, proof):
    assert sorted(attached) == ["AuthorizationPolicy", "Gateway", "RequestAuthentication"]
    valid, sound, said = verdicts(run, attached.values())
    assert (valid, sound) == (True, True), said
    proof("istioctl", ABOUT, "accepted")


ATTACHED = {
    "rules for a waypoint, and for pods": ("AuthorizationPolicy", put("spec", "selector", to={"matchLabels": {"a": "b"}}), "only one of targetRefs or"),
    "rules for pods by their name": ("AuthorizationPolicy", put("spec", "targetRefs", 0, "kind", to="Pod"), "targetRef must be"),
    "tokens for another namespace's": ("RequestAuthentication", put("spec", "targetRefs", 0, "namespace", to="other"), "namespace"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACHED)
def test_a_broken_twin_at_a_waypoint_is_refused(run, attached, name, proof, tmp_path):
    """That rules on requests are attached to nothing but pods, istioctl does not mind: `mesh/unasked-grant` does."""
    kind, change, reason = ATTACHED[name]
    path = tmp_path / "twin.yaml"
    path.write_text(attached[kind].read_text("utf-8"), "utf-8")
    tweak(path, change)
    valid, _, said = verdicts(run, [path])
    assert not valid
    assert reason in said
    proof("istioctl", ABOUT, "twin_refused")


def condition(**fields):
    return lambda value: value["spec"]["rules"][0]["when"][0].update(fields)


SOURCE = ("spec", "rules", 0, "from", 0, "source")
TWINS = {
    "a condition that nobody knows": ("AuthorizationPolicy", condition(key="request.header[x]"), "unknown attribute"),
    "a claim without a name": ("AuthorizationPolicy", condition(key="request.auth.claims"), "bad key"),
    "a condition without values": ("AuthorizationPolicy", put("spec", "rules", 0, "when", 0, "values", to=...), "at least one"),
    "an address that is none": ("AuthorizationPolicy", put(*SOURCE, "remoteIpBlocks", to=["203.0.113.0/240"]), "invalid"),
    "a field that nobody knows": ("AuthorizationPolicy", put(*SOURCE, "requestPrincipal", to=["x/*"]), "unknown field"),
    "keys without an address": ("RequestAuthentication", put("spec", "jwtRules", 0, "jwksUri", to="login.example.com"), "URI scheme"),
    "audience in the singular": ("RequestAuthentication", put("spec", "jwtRules", 0, "audience", to="x"), "unknown field"),
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_refused(run, files, name, proof, tmp_path):
    kind, change, reason = TWINS[name]
    path = tmp_path / "twin.yaml"
    path.write_text(files[kind].read_text("utf-8"), "utf-8")
    tweak(path, change)
    valid, _, said = verdicts(run, [path])
    assert not valid
    assert reason in said, loaded(path.read_text("utf-8"))
    proof("istioctl", ABOUT, "twin_refused")
