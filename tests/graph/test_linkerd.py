"""Linkerd's policies in anybody's manifests: who has a proxy, whom it lets in, what decides, and what is not judged."""

import pytest
from graph.pairs import read

from scaffold.graph.cluster import cluster
from scaffold.graph.objects import objects
from scaffold.graph.reports import report
from scaffold.graph.trees import Tree
from scaffold.reach.evaluate import Evaluation

SPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: %s}}
"""
PODS = """---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}, annotations: {%s}}
spec: {serviceAccountName: api, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cron, namespace: shop, labels: {app: cron}, annotations: {linkerd.io/inject: disabled}}
spec: {containers: [{name: c}]}
"""
SERVER = """---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: http, namespace: shop}
spec: {podSelector: {matchLabels: {app: api}}, port: %s}
"""
RULE = """---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: rule, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: http}
  requiredAuthenticationRefs: [%s]
"""
BY_ACCOUNT = RULE % "{kind: ServiceAccount, name: web}"
BY_TLS = (
    RULE % "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: who}"
    + """---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: who, namespace: shop}
spec: {identities: [%s]}
"""
)
HTTP, ALL = {("TCP", 8080, 8080)}, {("ANY", 0, 65535)}


def text(rules, policy="deny", port="http", notes=""):
    return SPACE % policy + PODS % notes + SERVER % port + rules


def reaching(source, *given, **more):
    """Return the TCP ports of the API that somebody reaches."""
    made = cluster(read(text(*given, **more)).read)
    pods = {pod.name: pod for pod in made.workloads}
    found = Evaluation(made.universe, [], layer=made.admission).flows([pods["api"]])
    ports = {port for one, target, port in found if (one, target) == (pods[source], pods["api"])}
    return {port for port in ports if port[0] in {"TCP", "ANY"}} - {("TCP", 4190, 4191)}


@pytest.mark.parametrize(
    ("rules", "more", "web", "cron"),
    [
        ("", {}, set(), set()),
        (BY_ACCOUNT, {}, HTTP, set()),
        (BY_ACCOUNT, {"port": "8080"}, HTTP, set()),
        (BY_ACCOUNT, {"port": "other"}, set(), set()),
        (RULE % "", {}, HTTP, HTTP),
        (RULE % "{kind: ServiceAccount, name: other}", {}, set(), set()),
        (RULE % "{kind: ServiceAccount, name: web}, {kind: ServiceAccount, name: web}", {}, set(), set()),
        (RULE % "{kind: ServiceAccount, name: web, namespace: other}", {}, set(), set()),
        (BY_TLS % "web.shop.serviceaccount.identity.linkerd.cluster.local", {}, HTTP, set()),
        (BY_TLS % "'*.shop.serviceaccount.identity.linkerd.cluster.local'", {}, HTTP, set()),
        (BY_TLS % "'*'", {}, HTTP, set()),
        (BY_TLS % "api.shop.serviceaccount.identity.linkerd.cluster.local", {}, set(), set()),
        ("", {"policy": "all-unauthenticated"}, {("TCP", 0, 8079), ("TCP", 8081, 65535)}, None),
        ("", {"policy": "all-authenticated"}, {("TCP", 0, 8079), ("TCP", 8081, 65535)}, set()),
        ("", {"notes": "config.linkerd.io/skip-inbound-ports: '80,8080-8081'"}, {("TCP", 80, 80), ("TCP", 8080, 8081)}, None),
        ("", {"notes": "linkerd.io/inject: disabled"}, ALL, ALL),
    ],
)  # fmt: skip
def test_who_gets_in(rules, more, web, cron):
    found = reaching("web", rules, **more)
    assert found == web
    if cron is not None:
        assert reaching("cron", rules, **more) == cron


@pytest.mark.parametrize(
    ("source", "says"),
    [("web", "admitted by"), ("cron", "this caller shows no certificate"), ("api", "does not admit")],
)
def test_what_decides_is_named(tmp_path, source, says):
    (tmp_path / "a.yaml").write_text(text(BY_ACCOUNT))
    made = report((str(tmp_path),), None, (source, "api:8080"), "text").text
    assert says in made
    assert ("AuthorizationPolicy shop/rule" in made) == (source != "cron")


def test_what_is_not_judged_is_named():
    other = (
        "---\napiVersion: policy.linkerd.io/v1beta1\nkind: ServerAuthorization\nmetadata: {name: a, namespace: shop}\n"
    )
    assert read(text(other)).unevaluated == {"ServerAuthorization (policy.linkerd.io/v1beta1)": 1}


def test_a_wrong_field_is_told():
    tree = Tree()
    tree.text(text((RULE % "").replace("RefRefs", "x").replace("Refs:", "s:")).encode(), "given.yaml", json=False)
    assert any("requiredAuthenticationRefs" in problem.message for problem in objects(tree.documents).problems)
