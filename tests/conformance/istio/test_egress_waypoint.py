"""istiod leads each App of an ambient mesh to its hosts through the waypoint, by identity and name at once; twins do not get by.

What is asked is what istiod's own code tells ztunnel of hosts, and Envoy of what comes to the waypoint: it is read from
an address of the mesh's own to the chain behind it, and compared with our own evaluation. That ztunnel and Envoy hold to
it is their own claim.
"""

import json
from itertools import product

import pytest
from checks.test_egress import changed
from checks.test_egress_waypoint import ENTRY, ROUTE, TWINS
from conformance.findings import unwaived, waivers
from conformance.istio.test_egress import GROUPS, Envoy, holds
from conformance.istio.test_validate import analyze, validate
from harness import app, dump, loaded, platform, put
from harness import run as render

from scaffold.reach import egress, egress_waypoint
from scaffold.reach import manifests as read
from scaffold.reach.intent import meshed
from scaffold.reach.mesh import Admission
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("istioctl", "translate")

ABOUT = "hosts through a waypoint"
LONG = f"{'a' * 60}.{'b' * 60}.{'c' * 60}.example.com"  # an object has another name then
APPS = [("shop", "api"), ("money", "billing"), ("shop", "idle")]
MEANT = {
    ("api", "api.example.com", 443),
    ("billing", "api.example.com", 8443),
    ("billing", "bank.example.com", 443),
    ("billing", LONG, 443),
}
WAYPOINT = "istio-egress/out.istio-egress.svc.cluster.local"
# What a process may ask for besides, in its own TLS: other hosts, and who shares their addresses.
NAMES = ["x.example.com", "x.example.net", *sorted({host for _, host, _ in MEANT})]
GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "out", "namespace": "istio-egress", "labels": {"istio.io/waypoint-for": "service"}},
    "spec": {"gatewayClassName": "istio-waypoint", "listeners": [{"name": "mesh", "port": 15008, "protocol": "HBONE"}]},
}
CLASS = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": "istio-waypoint"},
    "spec": {"controllerName": "istio.io/mesh-controller"},
}


@pytest.fixture(scope="module")
def made(catalog):
    """The system of the twins in tests/checks, with a host more, whose name is too long for an object's."""
    labels = {"gateway.networking.k8s.io/gateway-name": "out", "x": "y"}
    gateway = {"mode": "istio-egress-waypoint", "name": "out", "labels": labels}
    api = app(to=[{"host": "api.example.com", "port": 443}])
    hosts = [(host, port) for own, host, port in sorted(MEANT) if own == "billing"]
    billing = app("billing", "money", to=[{"host": host, "port": port} for host, port in hosts])
    return render(catalog, platform(mesh={"mode": "istio-ambient"}, egressGateway=gateway), api, billing, app("idle"))


@pytest.fixture(scope="module")
def objects(made):
    return {
        file.path: loaded(file.text) for file in made.bundle.files if file.path.startswith(("apps/", "namespaces/"))
    }


def test_istioctl_finds_nothing(run, made, tmp_path):
    files = []
    for file in made.bundle.files:
        path = tmp_path / file.path
        if file.path.startswith(("apps/", "namespaces/")) and path.name != "kustomization.yaml":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, "utf-8")
            files.append(path)
    for number, one in enumerate((GATEWAY, CLASS)):
        path = tmp_path / f"{number}.yaml"
        path.write_text(dump(one), "utf-8")
        files.append(path)
    status, lines, remarks = validate(run, files)
    assert (status, len(lines), unwaived(remarks, waivers())) == (0, len(files), [])
    done = analyze(run, files)
    assert (done.returncode, done.stdout.strip()) == (0, "")


def asked(objects, made=(GATEWAY, CLASS)):
    """Return the question: what is rendered, in a cluster that has the waypoint."""
    config = "---\n".join(dump(one) for one in objects.values() if str(one["apiVersion"]).startswith(GROUPS))
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-egress"}}]
    spaces += [one for one in objects.values() if one["kind"] == "Namespace"]
    others = "---\n".join(dump(one) for one in (*made, *spaces))
    ambient = {"Objects": others, "Namespace": "istio-egress", "Name": "out"}
    return json.dumps({"Config": config, "Ambient": ambient})


class Waypoint(Envoy):
    """What the waypoint's Envoy is told, as far as connections to addresses of the mesh's own go."""

    def chain(self, address, port):
        """Return the chain of filters to which a connection comes; none: it is shut."""
        listener = self.listeners["main_internal"]
        found = listener["filterChainMatcher"]["matcherTree"]["customMatch"]["typedConfig"]
        for one in found.get("rangeMatchers", ()):
            if {"addressPrefix": address, "prefixLen": 32} in one["ranges"]:
                ports = one["onMatch"]["matcher"]["matcherTree"]["exactMatchMap"]["map"]
                named = ports.get(str(port), {}).get("action", {}).get("name")
                return next((chain for chain in listener["filterChains"] if chain["name"] == named), None)
        return None

    def ends(self, chain):
        groups = self.cluster(chain).get("loadAssignment", {}).get("endpoints", ())
        named = self.cluster(chain).get("type") == "STRICT_DNS"
        for group in groups:
            for one in group["lbEndpoints"]:
                address = one["endpoint"]["address"]["socketAddress"]
                yield address["address"] if named else "elsewhere", address["portValue"]


def admitted(chain, principal, port, sni):
    """Tell whether every rule of a chain lets a connection through: what denies, and what allows."""
    for one in chain["filters"]:
        rules = one["typedConfig"].get("rules")
        if one["name"] != "envoy.filters.network.rbac" or rules is None:
            continue
        hit = any(
            any(holds(rule, principal, port, sni) for rule in policy["permissions"])
            and any(holds(rule, principal, port, sni) for rule in policy["principals"])
            for policy in rules.get("policies", {}).values()
        )
        if hit == (rules.get("action") == "DENY"):
            return False
    return True


def theirs(talk, objects):
    """Return what is told: who gets where by which host and port, and whom ztunnel leads to the waypoint for what."""
    answer = json.loads(talk("translate")(asked(objects)))
    envoy, through, led = Waypoint(answer), set(), set()
    # Without it no name would be read.
    assert "tls_inspector" in str(envoy.listeners["main_internal"]["listenerFilters"])
    hosts = [one for one in answer["Hosts"] if one["Addresses"]]
    for known, port in [(one, port) for one in hosts for port in one["Ports"]]:
        chain = envoy.chain(known["Addresses"][0], port)
        for (space, own), sni in product(APPS, NAMES) if chain else ():
            if admitted(chain, f"spiffe://cluster.local/ns/{space}/sa/{own}", port, sni):
                also = "" if sni == known["Host"] else "another name at "
                through |= {(own, known["Host"], port, also + end, number) for end, number in envoy.ends(chain)}
    for space, own in APPS:
        for _, host, port in MEANT:
            named = [one for one in hosts if one["Host"] == host]
            near = [one for one in named if one["Namespace"] == space] or [one for one in named if one["Canonical"]]
            led |= {(own, host, port) for one in near if one["Waypoint"] == WAYPOINT and port in one["Ports"]}
    return through, led


def ours(made, objects):
    """Return the same as our own evaluation has it, without network policies."""
    values, relay = list(objects.values()), egress.relay_of(made.system)
    mesh, pods = meshed(made.system, values), read.pods(values)
    universe = Universe([*pods, *egress.pods(made.system)], read.namespaces(values), mesh.blocks)
    known = egress_waypoint.entries(values)
    found = egress_waypoint.reached(egress_waypoint.led(known, relay), relay, Admission(universe, mesh), pods)
    through = {(pod.name, host, port, str(name), number) for pod, host, port, name, number in found}
    led = {
        (pod.name, host, port)
        for pod in pods
        for _, host, port in MEANT
        if egress_waypoint.asks(known, relay, pod, host, port)
    }
    return through, led


def flows(through, led):
    """Return who reaches what, by what his process asks for."""
    return {(own, host, port) for own, host, port, end, number in through if (own, host, port) in led and (end, number) == (host, port)}  # fmt: skip


def test_each_app_gets_to_its_hosts_and_nobody_else(talk, made, objects, proof):
    found = theirs(talk, objects)
    assert found == ours(made, objects)
    assert flows(*found) == MEANT == {(own, host, port) for own, host, port, _, _ in found[0]}
    assert found[1] == {(own, host, port) for _, own in APPS for _, host, port in MEANT}
    proof("translate", ABOUT, "accepted")


# What istiod does not read, or what another file says.
UNREAD = {"of another group"}
READ = [
    name
    for name, (path, *_) in TWINS.items()
    if path.rpartition("/")[2].startswith(("authorization-policy-", "service-entry-"))
]


@pytest.mark.parametrize("name", [name for name in READ if name not in UNREAD])
def test_a_broken_twin_is_another_envoy(talk, made, objects, name, proof):
    """What is let through is never more than our own evaluation says, and what is led there never less."""
    path, change, _ = TWINS[name]
    twin = changed(objects, path, change)
    (through, led), (own_through, own_led) = theirs(talk, twin), ours(made, twin)
    assert flows(through, led) != MEANT or {(own, end, number) for own, _, _, end, number in through} != MEANT
    patterns = {(own, host, port) for own, host, port, end, _ in own_through if " at " in end}
    assert {one for one in through - own_through if one[:3] not in patterns} == set()
    assert own_led <= led
    proof("translate", ABOUT, "twin_refused")


def test_what_stands_elsewhere_is_not_taken(talk, made, objects, proof):
    """An App's team can neither let itself in, nor put an entry or a route of its own in the place of ours."""
    second = changed(objects, ENTRY, put("metadata", "namespace", to="shop"))[ENTRY]
    second["metadata"]["labels"]["istio.io/use-waypoint-namespace"] = "istio-egress"
    second["spec"]["endpoints"] = [{"address": "evil.example.net"}]
    elsewhere = {**ROUTE, "metadata": {"name": "x", "namespace": "shop"}}
    through, led = theirs(talk, {**objects, "x": second, "y": elsewhere})
    assert {one[:3] for one in through} == MEANT
    assert ("api", "api.example.com", 443) not in led  # ztunnel leads nowhere then: the network policy shuts it
    routed, _ = theirs(talk, {**objects, "x": ROUTE})
    assert {one[:3] for one in routed} != MEANT
    proof("translate", ABOUT, "twin_refused")


def test_a_waypoint_that_is_not_there_leads_nowhere(talk, objects):
    """Hosts are told of all the same: ztunnel would send to them itself, and network policies shut that."""
    told = json.loads(talk("translate")(asked(objects, [])))["Hosts"]
    assert {one["Host"] for one in told} == {host for _, host, _ in MEANT}
    assert {one["Waypoint"] for one in told} == {""}
