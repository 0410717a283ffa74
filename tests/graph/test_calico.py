"""Policies of Calico in anybody's manifests: what they open and deny, and what is not judged."""

import pytest
from graph.pairs import read
from graph.test_cilium import PODS

from scaffold.graph import drawn
from scaffold.graph.cluster import cluster
from scaffold.graph.objects import objects
from scaffold.graph.trees import Tree

POLICY = """---
apiVersion: projectcalico.org/v3
kind: {kind}
metadata: {{name: p, namespace: shop}}
spec: {spec}
"""
OPEN = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}
"""
WEB = "destination: {selector: app == 'web', ports: [443, '8000:8001', http]}"


def text(spec, kind="NetworkPolicy"):
    return PODS + OPEN + POLICY.format(kind=kind, spec=spec)


def reached(spec, kind="NetworkPolicy", begin="api"):
    graph = drawn.graph_of(cluster(read(text(spec, kind)).read))
    named = {one.target.name for one in graph.flows if one.source.name == begin}
    return named & {"web", "ops", "api", "169.254.169.254", "1.2.3.4"}


def test_what_is_denied_first_is_shut_whatever_else_opens_it():
    deny = "{order: 1, selector: app == 'api', types: [Egress], egress: [{action: Deny, destination: {selector: app == 'web'}}]}"
    assert reached(deny) == {"api", "ops"}
    assert reached(deny.replace("api'", "none'")) == {"api", "ops", "web"}


@pytest.mark.parametrize(
    ("whom", "shut"),
    [
        ("destination: {selector: \"app in {'web', 'none'}\"}", {"web"}),
        ("destination: {selector: \"has(app) && app != 'web'\"}", {"api"}),
        ('destination: {selector: "!has(app)"}', set()),
        ("destination: {selector: \"app not in {'api'}\"}", {"web"}),
        ("destination: {namespaceSelector: projectcalico.org/name == 'it'}", {"ops"}),
        ("destination: {namespaceSelector: all()}", {"api", "web", "ops"}),
        ("protocol: TCP", set()),
        ("{}", {"api", "web", "ops"}),
    ],
)
def test_whom_a_rule_means(whom, shut):
    rule = "{action: Deny}" if whom == "{}" else f"{{action: Deny, {whom}}}"
    assert {"api", "web", "ops"} - reached(f"{{order: 1, types: [Egress], egress: [{rule}]}}") == shut


def test_a_global_policy_holds_in_every_namespace():
    deny = "{order: 1, types: [Ingress], ingress: [{action: Deny, source: {selector: app == 'api'}}]}"
    assert reached(deny, "GlobalNetworkPolicy") == set()
    assert reached(deny) == {"ops"}
    one = deny.replace("types", "namespaceSelector: \"projectcalico.org/name == 'it'\", types")
    assert reached(one, "GlobalNetworkPolicy") == {"api", "web"}


def test_what_allows_last_adds_and_isolates():
    allow = f"{{selector: app == 'api', types: [Egress], egress: [{{action: Allow, protocol: TCP, {WEB}}}]}}"
    made = PODS + POLICY.format(kind="NetworkPolicy", spec=allow)
    graph = drawn.graph_of(cluster(read(made).read))
    ports = {one.target.name: one.ports for one in graph.flows if one.source.name == "api"}
    assert ports == {"web": (("TCP", 443, 443), ("TCP", 8000, 8001), ("TCP", 8080, 8080))}


@pytest.mark.parametrize(
    "spec",
    [
        "{order: 1, types: [Egress], egress: [{action: Allow}]}",
        "{types: [Egress], egress: [{action: Deny}]}",
        "{order: 1, types: [Egress], egress: [{action: Pass}]}",
        "{order: 1, egress: [{action: Deny}]}",
        "{order: 1, tier: security, types: [Egress], egress: [{action: Deny}]}",
        "{order: 1, selector: \"a == 'b' || c == 'd'\", types: [Egress], egress: [{action: Deny}]}",
        "{order: 1, types: [Egress], egress: [{action: Deny, notProtocol: TCP}]}",
        "{order: 1, types: [Egress], egress: [{action: Deny, destination: {serviceAccounts: {names: [x]}}}]}",
        "{order: 1, types: [Egress], egress: [{action: Deny, source: {selector: app == 'api'}}]}",
        "{order: 1, types: [Ingress], ingress: [{action: Deny, source: {ports: [80]}}]}",
        "{order: 1, types: [Egress], egress: [{action: Deny, destination: {notNets: [10.0.0.0/8]}}]}",
        "{order: 1, selector: projectcalico.org/serviceaccount == 'x', types: [Egress]}",
    ],
)
def test_what_is_not_judged_is_named(spec):
    assert [one.one.value["kind"] for one in read(text(spec)).unjudged] == ["NetworkPolicy"]


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("{action: Drop}", "not known here"),
        ("{action: Deny, destination: {nets: [10.0.0.0/8, 'fd00::/8']}}", "both families"),
        ("{action: Deny, destination: {nets: [10.0.0.0/40]}}", "no network"),
    ],
)
def test_what_calico_refuses_is_refused(rule, wanted):
    tree = Tree()
    tree.text(text(f"{{order: 1, types: [Egress], egress: [{rule}]}}").encode(), "given.yaml", json=False)
    [problem] = objects(tree.documents).problems
    assert wanted in problem.message
