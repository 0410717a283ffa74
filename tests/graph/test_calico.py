"""Policies of Calico in anybody's manifests: what they open and deny, and what is not judged."""

import pytest
from graph.pairs import read
from graph.test_cilium import PODS

from scaffold.graph import drawn
from scaffold.graph.cluster import cluster
from scaffold.graph.notes import notes
from scaffold.graph.objects import objects
from scaffold.graph.reports import report
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
    ("spec", "part"),
    [
        ("{tier: security, types: [Egress], egress: [{action: Deny}]}", "tier security, which was not given"),
        ("{selector: \"a == 'b' || c == 'd'\", egress: [{action: Deny}]}", "selector a == 'b' || c == 'd'"),
        ("{serviceAccountSelector: all(), egress: [{action: Deny}]}", "serviceAccountSelector"),
        ("{preDNAT: true, egress: [{action: Deny}]}", "preDNAT"),
        ("{egress: [{action: Deny, ipVersion: 4}]}", "egress: ipVersion"),
        ("{egress: [{action: Deny, http: {methods: [GET]}}]}", "egress: http"),
        (
            "{egress: [{action: Deny, destination: {serviceAccounts: {names: [x]}}}]}",
            "egress: destination.serviceAccounts",
        ),
        ("{egress: [{action: Deny, source: {selector: app == 'api'}}]}", "egress: source.selector"),
        ("{ingress: [{action: Deny, protocol: TCP, source: {ports: [80]}}]}", "ingress: source.ports"),
        ("{ingress: [{action: Deny, destination: {ports: [80]}}]}", "ingress: ports of protocol None"),
        ("{egress: [{action: Deny, protocol: TCP, destination: {notPorts: [http]}}]}", "egress: notPorts http"),
        (
            "{egress: [{action: Deny, destination: {selector: all(), nets: [10.0.0.0/8]}}]}",
            "egress: destination: networks beside a selector",
        ),
        (
            "{egress: [{action: Deny, destination: {namespaceSelector: global()}}]}",
            "egress: destination.namespaceSelector global()",
        ),
        ("{selector: projectcalico.org/serviceaccount == 'x'}", "selector projectcalico.org/serviceaccount == 'x'"),
    ],
)
def test_what_is_not_judged_is_named_with_its_place(spec, part):
    found = read(text(spec))
    [line] = [*notes(None, found)]
    assert f"NetworkPolicy shop/p: not evaluated, as it says {part} (given.yaml:" in line


TIER = """---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {{name: {name}}}
spec: {spec}
"""


@pytest.mark.parametrize(
    ("tier", "rule", "words"),
    [
        ("{order: 1}", "{action: Deny}", ["no:", "denied by", "NetworkPolicy shop/p, spec.egress[0]"]),
        ("{order: 1}", "{action: Allow}", ["yes:", "let out by", "NetworkPolicy shop/p, spec.egress[0]"]),
        ("{order: 1}", "{action: Pass}", ["yes:", "let out by", "NetworkPolicy shop/all, spec.egress[0]"]),
        ("{order: 1}", "{action: Deny, protocol: UDP}", ["no:", "selected by one policy of tier security", "shop/p"]),
        ("{order: 1, defaultAction: Pass}", "{action: Deny, protocol: UDP}", ["yes:", "let out by", "shop/all"]),
        ("{}", "{action: Deny}", ["yes:", "let out by", "shop/all"]),
    ],
)
def test_the_tier_that_decides_is_said(tmp_path, tier, rule, words):
    spec = f"{{tier: security, types: [Egress], egress: [{rule}]}}"
    (tmp_path / "a.yaml").write_text(text(spec) + TIER.format(name="security", spec=tier))
    made = report((str(tmp_path),), None, ("api", "web:8080"), "text").text
    assert [word for word in words if word not in made] == []
    assert made.startswith(words[0])


def test_a_set_of_networks_is_named():
    """Selectors may mean it, too, which is not evaluated."""
    given = "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: x}\nspec: {nets: [10.0.0.0/8]}\n"
    assert read(PODS + given).unevaluated == {"GlobalNetworkSet (projectcalico.org/v3)": 1}


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
