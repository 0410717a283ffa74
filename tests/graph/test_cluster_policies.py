"""ClusterNetworkPolicies in anybody's manifests: what they deny before every NetworkPolicy, and what is not judged."""

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
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 198.51.100.0/24}}]}]}
"""
WIDE = """---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: {name}}}
spec:
  tier: Admin
  priority: {priority}
  subject: {{namespaces: {{matchLabels: {{kubernetes.io/metadata.name: shop}}}}}}
  egress: [{rules}]
"""
LOW, HIGH = "198.51.100.0/25", "198.51.100.128/25"


def wide(name, priority, *rules):
    spelled = (f"{{action: {action}, to: [{{networks: [{net}]}}]}}" for action, net in rules)
    return WIDE.format(name=name, priority=priority, rules=", ".join(spelled))


def reached(*policies):
    graph = drawn.graph_of(cluster(read(POD + "".join(policies)).read))
    return {one.target.name for one in graph.flows if one.source.name == "api" and one.target.kind == "network"}


def test_what_is_denied_is_shut_whatever_opens_it():
    assert reached() == {"198.51.100.0/24"}
    assert reached(wide("a", 10, ("Deny", LOW))) == {HIGH}


def test_what_is_passed_on_no_later_one_denies():
    passing = ("Pass", LOW), ("Deny", HIGH)
    assert reached(wide("a", 10, *passing), wide("b", 20, ("Deny", LOW))) == {LOW}
    assert reached(wide("a", 30, *passing), wide("b", 20, ("Deny", LOW))) == set()


@pytest.mark.parametrize(
    ("policies", "count"),
    [
        ([wide("a", 10, ("Accept", LOW))], 1),
        ([wide("a", 10, ("Deny", LOW), ("Pass", HIGH))], 1),
        ([wide("a", 10, ("Deny", LOW)).replace("Admin", "Baseline")], 1),
        ([wide("a", 10, ("Deny", LOW)).replace("networks: [198.51.100.0/25]", "namespaces: {}")], 1),
        ([wide("a", 10, ("Pass", LOW)), wide("b", 10, ("Deny", LOW))], 2),
    ],
)
def test_what_hangs_on_more_is_named(policies, count):
    found = read(POD + "".join(policies))
    assert found.unevaluated == {"ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2)": count}


def test_of_two_that_only_deny_none_is_first():
    assert reached(wide("a", 10, ("Deny", LOW)), wide("b", 10, ("Deny", HIGH))) == set()


@pytest.mark.parametrize("broken", ["tier: Other", "priority: 1001", "priority: first"])
def test_what_is_wrong_is_refused(broken):
    key = broken.partition(":")[0]
    text = "\n".join(
        f"  {broken}" if line.strip().startswith(key) else line for line in wide("a", 10, ("Deny", LOW)).splitlines()
    )
    tree = Tree()
    tree.text((POD + text + "\n").encode(), "given.yaml", json=False)
    assert [problem.place.file for problem in objects(tree.documents).problems] == ["given.yaml"]


def test_what_decides_is_said(tmp_path):
    (tmp_path / "a.yaml").write_text(POD + wide("kept-shut", 10, ("Deny", LOW)))
    made = report((str(tmp_path),), None, ("api", "198.51.100.7"), "text").text
    assert made.startswith("no:")
    assert "kept-shut" in made
