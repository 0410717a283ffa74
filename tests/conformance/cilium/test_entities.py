"""Cilium opens nodes and the API server as what they are, to the App that declared them alone; and resolvers on the node."""

import pytest
from conformance.cilium.judge import evaluation_of, nodes_of, theirs
from conformance.helpers import differences
from harness import app, platform, run

from scaffold.reach.model import Name

pytestmark = pytest.mark.programs("cilium")

ABOUT = "an App that calls nodes and the API server"
CACHE = "169.254.20.10"
OWN, OTHERS, SERVER = "host", "remote-node", "kube-apiserver"
PROBES = [("TCP", 53), ("UDP", 53), ("TCP", 6443), ("TCP", 9100), ("TCP", 8080)]
CLUSTER = {
    "nodes": {"all": {"cidrs": ["192.0.2.0/24"]}},
    "apiServer": {"cidrs": ["192.0.2.10/32"], "port": 6443, "audience": "https://kubernetes.default.svc"},
    "dns": {"cidrs": [f"{CACHE}/32"]},
}
APP = {
    "ports": {"http": {"port": 8080}},
    "from": [{"nodes": "all", "port": "http"}],
    "to": [{"nodes": "all", "port": 9100}],
    "permissions": [{"resources": ["configmaps"], "names": ["api"], "verbs": ["get"]}],
}


@pytest.fixture
def asked(talk, catalog):
    """Return who of the cluster's own reaches and is reached by the App, and by one that declared nothing."""

    def both(**network):
        made = run(catalog, platform(network={"plugin": "cilium", **network}, **CLUSTER), app(**APP), app("other"))
        values = [
            value
            for part in ("namespaces/", "apps/")
            for value in made.objects(part)
            if value["kind"] != "Kustomization"
        ]
        evaluation = evaluation_of(made.system, values)
        known = {*evaluation.universe.names, *(Name(one, entity=True) for one in (OWN, OTHERS, SERVER))}
        evaluation.universe.names = tuple(sorted(known))
        nodes = nodes_of(evaluation)
        verdict = theirs(talk("cilium"), nodes, values, PROBES)
        assert verdict.refused == {}
        assert differences(made.system, values) == []
        return [_of(verdict.allowed, nodes, f"shop/{name}") for name in ("api", "other")]

    return both


def _of(allowed, nodes, name):
    own = next(at for at, node in enumerate(nodes) if str(node) == name)
    entities = {at: node.name for at, node in enumerate(nodes) if isinstance(node, Name)}
    entities |= {at: CACHE for at, node in enumerate(nodes) if str(node) == CACHE}
    out = {(entities[to], *probe) for table, who, to, *probe in allowed
           if (table, who) == ("Egress", own) and to in entities}  # fmt: skip
    into = {(entities[who], *probe) for table, who, to, *probe in allowed
            if (table, to) == ("Ingress", own) and who in entities}  # fmt: skip
    return out, into


RESOLVED = {(who, transport, 53) for who in (OWN, CACHE) for transport in ("TCP", "UDP")}
# Whatever runs on a pod's own node may ask it, since the kubelet has to: Cilium's agent says so in Kubernetes.
KUBELET = {(OWN, *probe) for probe in PROBES}


def test_they_are_opened_to_their_app_alone(asked, proof):
    own, other = asked()
    reached = {(OWN, "TCP", 9100), (OTHERS, "TCP", 9100), (SERVER, "TCP", 6443)}
    assert own == (reached | RESOLVED, KUBELET | {(OTHERS, "TCP", 8080)})
    assert other == (RESOLVED, KUBELET)
    proof("cilium", ABOUT, "accepted")


def test_by_their_addresses_they_stay_shut(asked, proof):
    """Unless Cilium is told to match nodes by these, which SECURITY.md asks for then."""
    own, _ = asked(nodes="addresses")
    assert own == (RESOLVED, KUBELET)
    proof("cilium", ABOUT, "twin_refused")
