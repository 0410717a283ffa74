"""Without sidecars: whom the nodes' mesh captures, and what gets through the tunnel, by both kinds of policies."""

import pytest
import yaml
from msgspec.structs import replace

from scaffold.reach import manifests
from scaffold.reach.evaluate import Evaluation
from scaffold.reach.mesh import Admission, read_mesh
from scaffold.reach.model import Net, Pod
from scaffold.reach.universe import Universe

ON = {"istio.io/dataplane-mode": "ambient"}
OFF = {"istio.io/dataplane-mode": "none"}
INJECT = "sidecar.istio.io/inject"


def read(namespace=None, labels=None, annotations=None, **spec):
    pod = {"kind": "Pod", "metadata": {"name": "p", "namespace": "n", "labels": labels, "annotations": annotations}, "spec": spec}  # fmt: skip
    [found] = manifests.pods([pod, {"kind": "Namespace", "metadata": {"name": "n", "labels": namespace}}])
    return found


@pytest.mark.parametrize(
    ("arguments", "account", "tunnelled"),
    [
        ({}, "", False),
        ({"namespace": ON}, "default", True),
        ({"labels": ON, "serviceAccountName": "api"}, "api", True),
        ({"namespace": ON, "labels": OFF}, "", False),
        ({"namespace": ON, "hostNetwork": True}, "", False),
        ({"namespace": ON, "labels": {INJECT: "true"}}, "default", False),  # a sidecar comes first
        ({"namespace": ON | {"istio.io/rev": "a"}}, "default", False),
        ({"namespace": ON | {"istio.io/rev": "a"}, "labels": {INJECT: "false"}}, "default", True),
    ],
)
def test_whom_the_mesh_captures(arguments, account, tunnelled):
    found = read(**arguments)
    assert (found.account, found.tunnelled) == (account, tunnelled)


def test_a_pod_may_pass_the_mesh_by():
    assert read(ON, annotations={"ambient.istio.io/bypass-inbound-capture": "true"}).uncaptured == (("TCP", 0, 65535),)


API = Pod("shop", "api", (("app", "api"),), account="api", tunnelled=True)
WEB = Pod("front", "web", (("app", "web"),), account="web", tunnelled=True)
OUT = Pod("front", "out", (("app", "web"),))
PROBES = Net("169.254.7.127")
STRICT = "{kind: PeerAuthentication, apiVersion: security.istio.io/v1, metadata: {namespace: shop, name: d}, spec: {mtls: {mode: STRICT}}}"
SPACE = "{kind: Namespace, metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}}"
BY = "from: [{source: {principals: [cluster.local/ns/front/sa/web]}}]"
EVERY = [("ANY", 0, 65535)]


def reached(opened, rules, mode=STRICT, target=API, action="ALLOW"):
    """Return what gets to the api pod from whom, where a network policy opens some ports to everybody."""
    flows = f"{{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {{namespace: shop, name: n}}, spec: {{podSelector: {{}}, ingress: [{{ports: [{opened}]}}]}}}}"
    rule = f"{{kind: AuthorizationPolicy, apiVersion: security.istio.io/v1, metadata: {{namespace: shop, name: a}}, spec: {{action: {action}, rules: [{rules}]}}}}"
    objects = [yaml.safe_load(text) for text in (flows, rule, mode, SPACE)]
    mesh = read_mesh(objects)
    universe = Universe([target, WEB, OUT], {}, mesh.blocks)
    evaluation = Evaluation(universe, manifests.policies(objects), layer=Admission(universe, mesh))
    found = {WEB: [], OUT: [], PROBES: []}
    for source, whom, (protocol, first, last) in sorted(evaluation.flows([target]), key=lambda flow: flow[2]):
        if whom == target and source in found:
            found[source].append((protocol, first, last))
    return found[WEB], found[OUT], found[PROBES]


TUNNEL, PLAIN = "{port: 15008}", "{port: 80}"
AT_80 = [("TCP", 80, 80)]


@pytest.mark.parametrize(
    ("opened", "rules", "web", "out", "probes"),
    [
        (TUNNEL, f"{{{BY}, to: [{{operation: {{ports: ['80']}}}}]}}", AT_80, [], [("TCP", 15008, 15008)]),
        (PLAIN, f"{{{BY}, to: [{{operation: {{ports: ['80']}}}}]}}", [], [], AT_80),
        (TUNNEL, f"{{{BY}}}", [("TCP", 0, 65535)], [], [("TCP", 15008, 15008)]),
        (TUNNEL, f"{{{BY}, to: [{{operation: {{ports: ['80'], methods: [GET]}}}}]}}", [], [], [("TCP", 15008, 15008)]),
        (f"{TUNNEL}, {{port: 53, protocol: UDP}}", "", [("UDP", 53, 53)], [("UDP", 53, 53)], None),
    ],
)
def test_the_tunnel_is_one_port_and_the_mesh_tells_them_apart(opened, rules, web, out, probes):
    found = reached(opened, rules)
    assert found[:2] == (web, out)
    assert probes is None or found[2] == probes


def test_probes_come_over_ipv6_too():
    rule = "{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {namespace: shop, name: n}, spec: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}}"  # fmt: skip
    objects = [yaml.safe_load(text) for text in (rule, STRICT, SPACE)]
    mesh = read_mesh(objects)
    universe = Universe([API], {}, mesh.blocks)
    found = Evaluation(universe, manifests.policies(objects), layer=Admission(universe, mesh)).flows([API])
    sources = {source for source, target, _ in found if target == API and isinstance(source, Net)}
    assert sources == {PROBES, Net("fd16:9254:7127:1337:ffff:ffff:ffff:ffff")}


def test_a_rule_that_denies_requests_is_taken_for_none():
    assert reached(TUNNEL, "{to: [{operation: {methods: [PUT]}}]}", action="DENY")[0] == [("TCP", 0, 65535)]
    assert reached(TUNNEL, "{to: [{operation: {ports: ['80']}}]}", action="DENY")[0][0] == ("TCP", 0, 79)


def test_no_trust_domain_stands_for_another():
    """A sidecar takes `cluster.local` for the mesh's own; ztunnel is handed what is written."""
    rule = f"{{kind: AuthorizationPolicy, apiVersion: security.istio.io/v1, metadata: {{namespace: shop, name: a}}, spec: {{rules: [{{{BY}}}]}}}}"
    mesh = read_mesh([yaml.safe_load(text) for text in (rule, STRICT, SPACE)], "mesh.example.com")
    for target, tcp in (API, False), (replace(API, tunnelled=False), True):
        admission = Admission(Universe([target, WEB], {}, ()), mesh)
        assert (admission.admitted(WEB, target) == EVERY) == tcp


def test_mutual_tls_is_never_switched_off():
    rules = f"{{{BY}}}, {{from: [{{source: {{notPrincipals: ['*']}}}}]}}"
    plain = STRICT.replace("STRICT", "DISABLE")
    assert reached(f"{TUNNEL}, {PLAIN}", rules, plain)[:2] == ([("TCP", 0, 65535)], [*AT_80, ("TCP", 15008, 15008)])


def test_what_passes_the_mesh_by_is_open_in_plain_text():
    past = Pod("shop", "api", (("app", "api"),), (), "api", (("TCP", 0, 65535),), tunnelled=True)
    assert reached(PLAIN, "", target=past)[:2] == (AT_80, AT_80)
