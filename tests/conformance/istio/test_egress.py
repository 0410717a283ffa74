"""istiod leads each App to its hosts through the gateway, by identity and name at once, and nobody else; twins do not get by.

What is asked is Envoy's configuration, as istiod's own code makes it of what is rendered: it is read chain by chain, and
compared with our own evaluation. That Envoy holds to it is Envoy's own claim.
"""

import json
import re

import pytest
from checks.test_egress import LEADING, TWINS, changed
from conformance.findings import unwaived, waivers
from conformance.istio.test_validate import analyze, validate
from harness import app, dump, loaded, platform
from harness import run as render

from scaffold.reach import egress
from scaffold.reach import manifests as read
from scaffold.reach.intent import meshed
from scaffold.reach.mesh import Admission
from scaffold.reach.model import ALL_PORTS
from scaffold.reach.universe import Universe

pytestmark = pytest.mark.programs("istioctl", "translate")

ABOUT = "hosts through a gateway"
GROUPS = ("networking.istio.io/", "security.istio.io/")
HOSTS = [("api.example.com", 443), ("api.example.com", 8443), ("bank.example.com", 443)]
MEANT = {("api", "api.example.com", 443), ("billing", "api.example.com", 8443), ("billing", "bank.example.com", 443)}


@pytest.fixture(scope="module")
def made(catalog):
    """The system of the twins in tests/checks."""
    gateway = {"mode": "istio-egress", "labels": {"istio": "egress", "x": "y"}, "podPort": 8443}
    api = app(to=[{"host": "api.example.com", "port": 443}])
    billing = app("billing", to=[{"host": "bank.example.com", "port": 443}, {"host": "api.example.com", "port": 8443}])
    return render(catalog, platform(mesh={"mode": "istio-sidecar"}, egressGateway=gateway), api, billing, app("idle"))


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
    status, lines, remarks = validate(run, files)
    assert (status, len(lines), unwaived(remarks, waivers())) == (0, len(files), [])
    done = analyze(run, files)
    assert (done.returncode, done.stdout.strip()) == (0, "")


def asked(made, objects):
    """Return the question: what is rendered, the gateway's Service, and the proxies of each App and of the gateway."""
    relay = egress.relay_of(made.system)
    config = "---\n".join(dump(one) for one in objects.values() if str(one["apiVersion"]).startswith(GROUPS))
    service = {
        "Host": relay.service, "Namespace": relay.pod.namespace, "Port": relay.port, "PodPort": relay.pod_port,
        "Identity": relay.identity, "IP": "10.0.0.9", "Labels": dict(relay.pod.labels),
    }  # fmt: skip
    proxies = [
        {
            "Name": "gateway",
            "Gateway": True,
            "Namespace": relay.pod.namespace,
            "Labels": dict(relay.pod.labels),
            "IP": "10.0.0.9",
        }
    ]
    for number, member in enumerate(made.system.members, 1):
        labels = {"app.kubernetes.io/name": member.app.name}
        one = {
            "Name": member.app.name,
            "Namespace": "shop",
            "Account": member.app.name,
            "Labels": labels,
            "IP": f"10.0.1.{number}",
        }
        proxies.append(one)
    return json.dumps({"Config": config, "Service": service, "Proxies": proxies})


class Envoy:
    """What one proxy is told, as far as connections by name go."""

    def __init__(self, told):
        self.listeners = {one["name"]: one for one in told["Listeners"]}
        self.clusters = {one["name"]: one for one in told["Clusters"]}

    def chains(self, port):
        yield from self.listeners.get(f"0.0.0.0_{port}", {}).get("filterChains", ())

    def filters(self, chain):
        return {one["name"]: one["typedConfig"] for one in chain["filters"]}

    def cluster(self, chain):
        return self.clusters.get(self.filters(chain)["envoy.filters.network.tcp_proxy"]["cluster"], {})


def names(chain):
    return chain.get("filterChainMatch", {}).get("serverNames", ["*"])


def matches(text, value):
    """Tell whether a text is what a matcher of Envoy's is for."""
    [(kind, what)] = ((kind, what) for kind, what in text.items() if kind != "ignoreCase")
    if kind == "safeRegex":
        return re.fullmatch(what["regex"], value) is not None
    return {"exact": value == what, "prefix": value.startswith(str(what)), "suffix": value.endswith(str(what))}[kind]


def holds(rule, principal, port, sni):
    """Tell whether a permission or a principal of Envoy's RBAC holds; what is not known here fails the test."""
    [(kind, what)] = rule.items()
    if kind in {"andRules", "orRules", "andIds", "orIds"}:
        found = [holds(one, principal, port, sni) for one in what.get("rules", what.get("ids"))]
        return all(found) if kind.startswith("and") else any(found)
    if kind in {"notRule", "notId"}:
        return not holds(what, principal, port, sni)
    if kind == "authenticated":
        return bool(principal) and matches(what["principalName"], principal)
    if kind == "filterState":  # as a waypoint keeps who called
        return what["key"] == "io.istio.peer_principal" and matches(what["stringMatch"], principal)
    return {
        "any": lambda: what,
        "destinationPort": lambda: what == port,
        "requestedServerName": lambda: matches(what, sni),
    }[kind]()


def admitted(rbac, *who):
    """Tell whether one of Envoy's policies allows it; without any, all is allowed."""
    policies = rbac.get("rules", {}).get("policies", {})
    return not rbac or any(
        any(holds(one, *who) for one in policy["permissions"]) and any(holds(one, *who) for one in policy["principals"])
        for policy in policies.values()
    )


def gets_through(told, relay, apps):
    """Return who reaches which host at which port by asking for what, at the gateway as it is told."""
    gateway, found = Envoy(told["gateway"]), set()
    for chain in gateway.chains(relay.pod_port):
        rbac = gateway.filters(chain).get("envoy.filters.network.rbac", {})
        shows = chain.get("transportSocket", {}).get("typedConfig", {}).get("requireClientCertificate", False)
        groups = gateway.cluster(chain).get("loadAssignment", {}).get("endpoints", ())
        ends = [one["endpoint"]["address"]["socketAddress"] for group in groups for one in group["lbEndpoints"]]
        for name in names(chain):
            for own in apps:
                if admitted(rbac, f"spiffe://cluster.local/ns/shop/sa/{own}" if shows else "", relay.pod_port, name):
                    found |= {(own, name, end["address"], end["portValue"]) for end in ends}
    return found


def is_led(told, relay, apps):
    """Return what each App's sidecar asks the gateway for, where the process speaks TLS to each port of each host."""
    found = set()
    for own in apps:
        sidecar = Envoy(told[own])
        for host, port in HOSTS:
            for chain in (one for one in sidecar.chains(port) if host in names(one)):
                cluster = sidecar.cluster(chain)
                tls = cluster.get("transportSocket", {}).get("typedConfig", {})
                context = tls.get("commonTlsContext", {})
                wanted = context.get("combinedValidationContext", {}).get("defaultValidationContext", {})
                known = wanted.get("matchSubjectAltNames") == [{"exact": relay.identity}]
                if (
                    f"|{relay.service}" in cluster.get("name", "")
                    and known
                    and "tlsCertificateSdsSecretConfigs" in context
                ):
                    found.add((own, host, port, tls.get("sni")))
    return found


def theirs(talk, made, objects):
    """Return what Envoy is told: who gets through for what, and what each sidecar asks for."""
    told, relay = json.loads(talk("translate")(asked(made, objects))), egress.relay_of(made.system)
    apps = [member.app.name for member in made.system.members]
    return gets_through(told, relay, apps), is_led(told, relay, apps)


def ours(made, objects):
    """Return the same as our own evaluation has it, without network policies."""
    values, relay = list(objects.values()), egress.relay_of(made.system)
    mesh, pods = meshed(made.system, values), read.pods(values)
    universe = Universe([*pods, *egress.pods(made.system)], read.namespaces(values), mesh.blocks)
    found = egress.Objects(values)
    reached = egress.reached(
        egress.ways(found, relay), relay, Admission(universe, mesh), {pod: {ALL_PORTS} for pod in pods}
    )
    through = {(pod.name, asked_, name.name, port) for pod, asked_, name, port in reached}
    led = {
        (pod.name, *one, asked_) for pod in pods for one in HOSTS for asked_ in egress.routed(found, relay, pod, *one)
    }
    return through, led


def flows(through, led):
    """Return who reaches what by what his sidecar asks for."""
    return {(own, host, port) for own, host, port, sni in led if (own, sni, host, port) in through}


def test_each_app_gets_to_its_hosts_and_nobody_else(talk, made, objects, proof):
    found = theirs(talk, made, objects)
    assert found == ours(made, objects)
    assert flows(*found) == {(own, host, port) for own, _, host, port in found[0]} == MEANT
    proof("translate", ABOUT, "accepted")


# What istiod itself refuses to read; and what it makes good where it knows the gateway's pods.
UNREAD = {"wherever the caller wants", "for another host", "to whoever takes it"}
READ = [
    name
    for name, (path, *_) in TWINS.items()
    if path in LEADING or path.rpartition("/")[2].startswith(("authorization-policy-", "service-entry-"))
]


@pytest.mark.parametrize("name", [name for name in READ if name not in UNREAD])
def test_a_broken_twin_is_another_envoy(talk, made, objects, name, proof):
    """What Envoy lets through is never more than our own evaluation says, which is never right by chance."""
    path, change, _ = TWINS[name]
    twin = changed(objects, path, change)
    (through, led), (own_through, own_led) = theirs(talk, made, twin), ours(made, twin)
    assert flows(through, led) != MEANT or {(own, host, port) for own, _, host, port in through} != MEANT
    patterns = {(own, host, port) for own, sni, host, port in own_through if "*" in sni}
    assert {one for one in through - own_through if (one[0], *one[2:]) not in patterns} == set()
    assert led == own_led
    proof("translate", ABOUT, "twin_refused")
