"""Policies of Cilium in anybody's manifests: what they open and deny, what decides, and what is not judged."""

import pytest
from graph.pairs import read

from scaffold.graph import drawn
from scaffold.graph.cluster import cluster
from scaffold.graph.objects import objects
from scaffold.graph.reports import report
from scaffold.graph.trees import Tree

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {space}, labels: {{app: {name}}}}}
spec: {{containers: [{{name: c, ports: [{{name: http, containerPort: 8080}}]}}]}}
"""
PODS = "---".join(
    POD.format(name=name, space=space) for name, space in (("api", "shop"), ("web", "shop"), ("ops", "it"))
)
POLICY = """---
apiVersion: cilium.io/v2
kind: {kind}
metadata: {{name: p, namespace: shop}}
spec:
  endpointSelector: {{matchLabels: {{app: api}}}}
"""
DNS = """
  - toEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": kube-system, k8s-app: kube-dns}}]
    toPorts: [{ports: [{port: "53"}], rules: {dns: [{matchPattern: "*.example.com"}]}}]
"""


def text(rules, kind="CiliumNetworkPolicy"):
    return PODS + POLICY.format(kind=kind) + "  " + rules.strip("\n").replace("\n", "\n  ") + "\n"


def flows(rules, end="api"):
    """Return whom the API reaches, and who reaches it, with the ports."""
    graph = drawn.graph_of(cluster(read(text(rules)).read))
    found = {(one.source.name, one.target.name, one.ports) for one in graph.flows}
    return {(target, ports) for source, target, ports in found if source == end}, {
        (source, ports) for source, target, ports in found if target == end
    }


def some(first, last):
    return f"\n  - toEndpoints: [{{}}]\n    toPorts: [{{ports: [{{port: '{first}', endPort: {last}, protocol: TCP}}]}}]"


TCP, HTTP = (("TCP", 443, 443),), (("TCP", 8080, 8080),)
OUT = {
    "a name that is asked for": (
        "egress:" + DNS + "  - toFQDNs: [{matchName: a.example.com}]\n    toPorts: [{ports: [{port: '443', protocol: TCP}]}]",
        {("a.example.com", TCP)},
    ),
    "a name that is not asked for": ("egress:" + DNS + "  - toFQDNs: [{matchName: a.example.org}]", set()),
    "an entity": ("egress:\n  - toEntities: [kube-apiserver]\n    toPorts: [{ports: [{port: '443', protocol: TCP}]}]", {("kube-apiserver", TCP)}),
    "an empty entry": ("egress: [{}]", set()),
    "nobody": ("egress:\n  - toEndpoints: []\n    toPorts: [{ports: [{port: '443'}]}]", set()),
    "pods of its own namespace": ("egress:\n  - toEndpoints: [{}]\n    toPorts: [{ports: [{port: http, protocol: TCP}]}]", {("web", HTTP)}),
    "pods of another namespace": (
        "egress:\n  - toEndpoints: [{matchLabels: {'io.kubernetes.pod.namespace': it}}]\n    toPorts: [{ports: [{port: '443', protocol: TCP}]}]",
        {("ops", TCP)},
    ),
    "less what is denied": (f"egress:{some('440', 445)}\negressDeny:{some('441', 445)}", {("web", (("TCP", 440, 440),))}),
    "an address alone": ("egress:\n  - toCIDR: [203.0.113.7]\n    toPorts: [{ports: [{port: '443', protocol: TCP}]}]", {("203.0.113.7", TCP)}),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "wanted"), OUT.values(), ids=OUT)
def test_what_is_opened(rules, wanted):
    reached, _ = flows(rules)
    names = {(name, ports) for name, ports in reached if not name.startswith(("pods", "k8s-app", "any", "api"))}
    assert names == wanted


def test_an_entity_asks_where_it_is_named_alone():
    _, reaching = flows(
        "ingress:\n  - fromEntities: [remote-node]\n    toPorts: [{ports: [{port: '443', protocol: TCP}]}]"
    )
    assert reaching == {("remote-node", TCP)}
    assert "remote-node" not in {name for name, _ in flows("ingress:\n  - fromEndpoints: [{}]")[1]}


def test_a_direction_without_an_entry_is_open():
    reached, reaching = flows("egress: [{}]\ningress: []")
    assert reached == set()
    assert reaching


def asked(tmp_path, rules, source, target):
    (tmp_path / "a.yaml").write_text(text(rules))
    return report((str(tmp_path),), None, (source, target), "text").text


def test_what_decides_is_said(tmp_path):
    rules = "egress:" + DNS + "  - toFQDNs: [{matchName: a.example.com}]\n"
    line = next(number for number, one in enumerate(text(rules).splitlines(), 1) if "toFQDNs" in one)
    made = asked(tmp_path, rules, "api", "a.example.com:443")
    assert made.startswith("yes:")
    assert f"a.yaml:{line}\n" in made


def test_what_is_denied_is_said(tmp_path):
    made = asked(tmp_path, "egress:\n  - toEndpoints: [{}]\negressDeny:\n  - toEntities: [all]", "api", "web:8080")
    assert made.startswith("no:")
    assert "denied by" in made


def test_a_name_that_nothing_learns_is_said(tmp_path):
    made = asked(tmp_path, "egress:\n  - toFQDNs: [{matchName: a.example.com}]", "api", "a.example.com:443")
    assert made.startswith("no:")
    assert "the name is not learned" in made


@pytest.mark.parametrize(
    "rules",
    [
        "egress:\n  - toServices: [{k8sService: {serviceName: x, namespace: y}}]",
        "egress:\n  - toEntities: [cluster-mesh]",
        "egress:\n  - toFQDNs: []",
        "ingress:\n  - fromEndpoints: [{matchLabels: {'reserved:ingress': ''}}]",
        "ingress: [{}]\nenableDefaultDeny: {ingress: false}",
    ],
)
def test_what_is_not_judged_is_named(rules):
    found = read(text(rules))
    assert [one.one.value["kind"] for one in found.unjudged] == ["CiliumNetworkPolicy"]


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ("egress:\n  - toCIDRSet: [{cidr: 10.0.0.0/8, except: [192.168.0.0/16]}]", "does not lie in"),
        ("egress:\n  - {toCIDR: [10.0.0.0/8], toEntities: [world]}", "in one rule"),
        ("egress:\n  - toPorts: [{ports: [{port: 443}]}]", "no port"),
        ("egress:\n  - toFQDNs: [{}]", "one of matchName and matchPattern"),
    ],
)
def test_what_cilium_drops_is_refused(rules, wanted):
    tree = Tree()
    tree.text(text(rules).encode(), "given.yaml", json=False)
    [problem] = objects(tree.documents).problems
    assert wanted in problem.message
