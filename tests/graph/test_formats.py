"""What is printed: goldens of every format, and names that try to say more than themselves."""

import json
import re

import pytest
from graph.pairs import read
from harness import EXAMPLES, ROOT
from hypothesis import given
from hypothesis import strategies as st

from scaffold.answers.load import load
from scaffold.graph.cluster import cluster
from scaffold.graph.drawn import graph_of
from scaffold.graph.formats import as_dot, as_json, as_mermaid
from scaffold.graph.model import Graph, GraphFlow, GraphNode
from scaffold.graph.reports import report
from scaffold.graph.texts import as_text
from scaffold.system.resolve import resolve

GOLDENS = ROOT / "tests/graph/goldens"
FORMATS = {"text": "txt", "mermaid": "mmd", "dot": "dot", "json": "json"}
ORDERS, BOUTIQUE = (next(path for path in EXAMPLES if path.name == name) for name in ("orders", "boutique"))


@pytest.mark.parametrize("form", FORMATS)
def test_an_example_as_its_answers_and_its_bundle_say(catalog, golden, form):
    system = resolve(catalog, *load([ORDERS], catalog))
    golden(GOLDENS / f"orders.{FORMATS[form]}", report((), system, None, form).text + "\n")
    drawn = report((str(ORDERS / "bundle"),), None, None, form).text
    assert _unexplained(drawn, form) == _unexplained(report((), system, None, form).text, form)


def _unexplained(text, form):
    """Return JSON without reasons, which manifests do not give."""
    if form != "json":
        return text
    value = json.loads(text)
    return {**value, "flows": [{**flow, "reasons": []} for flow in value["flows"]]}


def test_a_larger_example_fits_a_terminal(catalog, golden):
    system = resolve(catalog, *load([BOUTIQUE], catalog))
    text = report((), system, None, "text").text
    assert max(map(len, text.splitlines())) <= 80
    golden(GOLDENS / "boutique.txt", text + "\n")


def test_manifests_without_policies_are_few_flows(golden):
    path = ROOT / "tests/graph/manifests/ports.yaml"
    golden(GOLDENS / "ports.txt", as_text(graph_of(cluster(read(path.read_text("utf-8")).read))) + "\n")


def test_whom_only_rules_name_is_drawn():
    """By labels, by the namespace alone, or by a namespace's labels: for none of them a workload was given."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: api, namespace: shop}\n---\n"
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: api, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [PEER]}]}\n"
    peers = {
        "{podSelector: {matchLabels: {a: b}}}": ["shop/a=b"],
        "{podSelector: {}}": ["shop/*other", "shop/api"],
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x}}}": ["x/*other"],
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x}}, podSelector: {matchExpressions: [{key: a, operator: In, values: [b, c]}]}}": ["x/a=b", "x/a=c"],
        "{namespaceSelector: {matchLabels: {team: a}}}": ["*elsewhere* team=a/*other"],
        "{namespaceSelector: {matchLabels: {team: a, kubernetes.io/metadata.name: x}}}": ["x/*other"],
        "{namespaceSelector: {}}": ["*/*"],
        "{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}": ["*elsewhere*/a=b", "shop/a=b"],
        "{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}}": ["*/*"],  # those of shop are held back
        "{ipBlock: {cidr: 10.0.0.0/8}}": ["10.0.0.0/8"],
    }  # fmt: skip
    for peer, sources in peers.items():
        graph = graph_of(cluster(read(pod + policy.replace("PEER", peer)).read))
        # No pod of shop is let out, so its own are not among them.
        expected = [one for one in sources if one not in {"shop/*other", "shop/api"}]
        assert sorted(flow.source.id for flow in graph.flows) == expected, peer


# The whole of both languages that is written: anything else is somebody's name that got out of its quotes.
_MERMAID_TEXT = r'"(?:[A-Za-z0-9 ._/,=()+-]|#[0-9]+;)*"'
MERMAID = re.compile(
    r"flowchart LR|  subgraph s[0-9]+\[T\]|  end"
    r"|(?:  )?  n[0-9]+(?:\[T\]|\[\[T\]\]|\(\[T\]\)|\(T\))"
    r"|  n[0-9]+ (?:-->|-\.->)\|T\| n[0-9]+".replace("T", _MERMAID_TEXT)
)
_DOT_TEXT = r'"(?:[A-Za-z0-9 ._/,=()+-]|&#[0-9]+;|\\\\)*"'
DOT = re.compile(
    r'digraph flows \{|  rankdir=LR|  node \[fontname="sans-serif"\]|\}|  \}'
    r"|  subgraph cluster_[0-9]+ \{|    label=T"
    r"|(?:  )?  n[0-9]+ \[label=T, shape=(?:box|box3d|ellipse)(?:, style=dashed)?\]"
    r"|  n[0-9]+ -> n[0-9]+ \[label=T(?:, style=dashed)?\]".replace("T", _DOT_TEXT)
)
NAMES = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from([
    '"]; n1 --> n2', "end", "a\nend", '"\\', "`**x**`", "%%{init: {}}%%", "<img src=x onerror=alert(1)>", "#quot;", "&quot;", "a;b", "\x1b[31m", "]]", "|x|",
])  # fmt: skip


@given(NAMES, NAMES, NAMES)
def test_no_name_gets_out_of_its_label(space, name, other):
    nodes = GraphNode(space, name, "workload", "1"), GraphNode("", other, "network", "2")
    graph = Graph(tuple(sorted(nodes)), (GraphFlow(*nodes, (("TCP", 1, 2),)),))
    for line in as_mermaid(graph).split("\n"):
        assert MERMAID.fullmatch(line), line
    for line in as_dot(graph).split("\n"):
        assert DOT.fullmatch(line), line
    assert json.loads(as_json(graph))["nodes"][0]["id"] in {"1", "2"}
    assert all(char.isprintable() or char == "\n" for char in as_text(graph))


def test_that_property_can_fail():
    assert not MERMAID.fullmatch('  n1["a"] --> n2["b"]')
    assert not DOT.fullmatch('  n1 [label="a\\"", shape=box]')


def test_names_in_labels_are_theirs():
    graph = Graph((GraphNode("", 'a"b', "network", "x"),), ())
    assert '(["a#34;b"])' in as_mermaid(graph)
    assert 'label="a&#34;b"' in as_dot(graph)
    graph = Graph((GraphNode("", "a\\n\x1b", "network", "x"),), ())
    assert r'label="a\\n\\x1b"' in as_dot(graph)  # Graphviz reads entities first, then escapes
    assert '(["a#92;n#92;x1b"])' in as_mermaid(graph)
    assert '([" "])' in as_mermaid(Graph((GraphNode("", "", "network", "x"),), ()))  # no label is no Mermaid


def test_two_workloads_of_one_name_are_told_apart():
    text = "".join(
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: api, namespace: shop}}\nspec: {{template: {{metadata: {{labels: {{k: {kind}}}}}}}}}\n"
        for kind in ("Deployment", "StatefulSet")
    )
    names = {node.id for node in graph_of(cluster(read(text).read)).nodes if node.kind == "workload"}
    assert names == {"shop/api (Deployment)", "shop/api (StatefulSet)"}
