"""ClusterNetworkPolicies in anybody's manifests: what they deny before every NetworkPolicy, and what is not judged."""

import pytest
from graph.pairs import read

from scaffold.graph import drawn
from scaffold.graph.cluster import cluster
from scaffold.graph.notes import notes
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


DNS = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}}"


def wide(name, priority, *rules):
    spelled = (f"{{action: {action}, to: [{{networks: [{net}]}}]}}" for action, net in rules)
    return WIDE.format(name=name, priority=priority, rules=", ".join(spelled))


def reached(*policies):
    graph = drawn.graph_of(cluster(read(POD + "".join(policies)).read))
    return {one.target.name for one in graph.flows if one.source.name == "api"}


def test_what_is_denied_is_shut_whatever_opens_it():
    assert reached() == {"198.51.100.0/24"}
    assert reached(wide("a", 10, ("Deny", LOW))) == {HIGH}


def test_what_is_passed_on_no_later_one_denies():
    passing = ("Pass", LOW), ("Deny", HIGH)
    assert reached(wide("a", 10, *passing), wide("b", 20, ("Deny", LOW))) == {LOW}
    assert reached(wide("a", 30, *passing), wide("b", 20, ("Deny", LOW))) == set()


def test_what_is_accepted_no_network_policy_shuts():
    assert reached(wide("a", 10, ("Accept", "192.0.2.0/24"))) == {"198.51.100.0/24", "192.0.2.0/24"}
    assert reached(wide("a", 10, ("Accept", "192.0.2.0/24")).replace("Admin", "Baseline")) == {"198.51.100.0/24"}


def test_addresses_are_not_anything_where_pods_are_denied():
    """And what is left of all addresses is called by what is denied."""
    shut = INTO.format(tier="Baseline", action="Deny")
    graph = drawn.graph_of(cluster(read(POD.partition("---")[0] + shut + wide("a", 10, ("Deny", LOW))).read))
    assert {one.source.name for one in graph.flows if one.target.name == "api"} == {"any address"}
    assert f"any address except {LOW}" in {one.target.name for one in graph.flows if one.source.name == "api"}


def test_pods_that_only_such_a_policy_names_are_drawn():
    accept = wide("dns", 10, ("Accept", LOW)).replace(f"{{networks: [{LOW}]}}", DNS)
    assert "pods k8s-app=kube-dns anywhere else" in reached(accept)


def test_hosts_are_known_by_their_names():
    """Whoever enforces them learns their addresses: no DNS rule of a NetworkPolicy is needed."""
    accept = wide("hosts", 10, ("Accept", LOW)).replace(
        f"networks: [{LOW}]", "domainNames: [api.example.com, '*.cdn.example']"
    )
    assert {"api.example.com", "**.cdn.example"} <= reached(accept)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (("networks: [198.51.100.0/25]", "nodes: {}"), "egress: to: nodes"),
        (("networks: [198.51.100.0/25]", "domainNames: [a.example]"), "egress: to: domainNames with action Deny"),
        (("priority: 10", "priority: 10\n  more: true"), "more"),
        (("to: [", "icmp: {}, to: ["), "egress: icmp"),
    ],
)
def test_what_is_not_judged_is_named_with_its_place(change, part):
    found = read(POD + wide("a", 10, ("Deny", LOW)).replace(*change))
    [line] = [*notes(None, found)]
    assert "ClusterNetworkPolicy default/a" not in line
    assert f"ClusterNetworkPolicy a: not evaluated, as it says {part} (given.yaml:" in line


def test_of_two_that_nobody_says_which_is_first_both_are_named():
    """Where it makes a difference, and only there."""
    one, two = wide("a", 10, ("Pass", LOW)), wide("b", 10, ("Deny", LOW))
    assert said(one, two) == {"a", "b"}
    assert said(one, two.replace(LOW, HIGH)) == set()
    assert said(one, two.replace("priority: 10", "priority: 11")) == set()
    assert said(one, two.replace("action: Deny", "action: Pass")) == set()
    assert said(one, two.replace("name: shop}", "name: other}")) == set()
    ports = "protocols: [{tcp: {destinationPort: {number: 80}}}], to:", "protocols: [{udp: {}}], to:"
    assert said(one.replace("to:", ports[0]), two.replace("to:", ports[0])) == {"a", "b"}
    assert said(one.replace("to:", ports[0]), two.replace("to:", ports[1])) == set()


def said(*policies):
    found = read(POD + "".join(policies))
    lines = [line for line in notes(cluster(found.read), found) if "which decides" in line]
    return {name for name in "ab" for line in lines if f"ClusterNetworkPolicy {name} (" in line}


@pytest.mark.parametrize(
    "broken",
    [
        "tier: Other",
        "priority: 1001",
        "priority: first",
        "subject: {}",
        "egress: [{action: Deny, to: []}]",
        "egress: [{action: Deny, to: [{}]}]",
    ],
)
def test_what_is_wrong_is_refused(broken):
    key = broken.partition(":")[0]
    text = "\n".join(
        f"  {broken}" if line.strip().startswith(key) else line for line in wide("a", 10, ("Deny", LOW)).splitlines()
    )
    tree = Tree()
    tree.text((POD + text + "\n").encode(), "given.yaml", json=False)
    assert [problem.place.file for problem in objects(tree.documents).problems] == ["given.yaml"]


OTHERS = """---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
"""
INTO = """---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: into}}
spec:
  tier: {tier}
  priority: 1
  subject: {{namespaces: {{}}}}
  ingress:
    - action: {action}
      from: [{{namespaces: {{}}}}]
"""
SHUT = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ([INTO.format(tier="Admin", action="Deny")], ["no:", "denied by", "into, spec.ingress[0]", "a.yaml:20"]),
        ([INTO.format(tier="Admin", action="Accept"), SHUT], ["yes:", "let in by", "into, spec.ingress[0]"]),
        ([INTO.format(tier="Admin", action="Pass"), SHUT], ["no:", "selected by one policy, and no rule", "shop/shut"]),
        ([INTO.format(tier="Admin", action="Pass")], ["yes:", "behind what passes it on", "into, spec.ingress[0]"]),
        ([INTO.format(tier="Baseline", action="Deny")], ["no:", "denied by", "into, spec.ingress[0]"]),
        ([INTO.format(tier="Baseline", action="Accept")], ["yes:", "let in by", "into, spec.ingress[0]"]),
        ([INTO.format(tier="Baseline", action="Accept"), SHUT], ["no:", "selected by one policy", "shop/shut"]),
    ],
)
def test_what_decides_is_said(tmp_path, policies, words):
    (tmp_path / "a.yaml").write_text(POD.partition("---")[0] + OTHERS + "".join(policies))
    made = report((str(tmp_path),), None, ("api", "web:8080"), "text").text
    assert [word for word in words if word not in made] == []
    assert made.startswith(words[0])


def test_what_a_deny_leaves_open_is_said(tmp_path):
    (tmp_path / "a.yaml").write_text(POD.partition("---")[0] + wide("kept-shut", 10, ("Deny", LOW)))
    asked = lambda to: report((str(tmp_path),), None, ("api", to), "text").text  # noqa: E731  it is asked twice
    assert "kept-shut, spec.egress[0]" in asked("198.51.100.7")
    assert "no rule of what selects it is for this: open" in asked("198.51.100.200")
