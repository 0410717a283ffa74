"""A cloud is one folder: what an App says of itself, how the cloud knows it, and the one address that it is asked at."""

import pytest
from harness import app, platform, run, write_blueprint

from scaffold.errors import AnswersError, BlueprintError
from scaffold.verify import verify

DESCRIPTION = """\
title: A principal in the cloud of the examples
why: It shows that a cloud is a folder.
scope: app
when: =identity == "examples/agent"
options:
  - at: app.identity
    choice: examples
    text: A principal
    fields:
      principal: {text: Who the App is, type: name}
  - at: platform.cloudIdentity
    choice: agent
    text: An agent on each node
    fields:
      cidrs: {text: Its networks, type: cidrs, default: []}
contributes:
  annotations:
    - {key: agent.example.com/others, sidecars: " + "}
  nodes:
    - {key: example.com/agent, value: "yes"}
  edges:
    - source: =pod
      target: {linkLocal: 169.254.169.1/32}
      port: 81
      reason: =app.name ~ " asks the agent"
"""
FILE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ cookiecutter.name ~ ".principal" }}
  namespace: {{ cookiecutter.namespace }}
  labels:
{% for key, value in cookiecutter.labels.items() %}
    {{ key }}: {{ value }}
{% endfor %}
data:
  principal: {{ cookiecutter.app.identity.principal }}
"""
OWN = {"cloud": "examples", "principal": "reader"}
SIDECARS = {name: {"image": f"registry.example.com/tools/{name}:1.0.0"} for name in ("proxy", "exporter")}


@pytest.fixture
def catalog_with(tmp_path, scan_with):
    """Return the shipped catalog with one more cloud, from a folder of its own."""

    def add(description=DESCRIPTION):
        write_blueprint(tmp_path / "more" / "rbac" / "examples", description, "principal.yaml", FILE)
        return scan_with(tmp_path / "more")

    return add


def test_a_cloud_is_one_folder(catalog_with):
    web = app("web", sidecars=SIDECARS)
    made = run(catalog_with(), app(identity=OWN, sidecars=SIDECARS), web, platform(cloudIdentity={"mode": "agent"}))
    verify(made.bundle, made.system)
    assert made.object("apps/shop/api/base/principal.yaml")["data"] == {"principal": "reader"}
    template = made.object("apps/shop/api/base/deployment.yaml")["spec"]["template"]
    assert template["metadata"]["annotations"] == {"agent.example.com/others": "proxy + exporter"}
    assert template["spec"]["nodeSelector"] == {"example.com/agent": "yes"}
    assert "nodeSelector" not in made.object("apps/shop/web/base/deployment.yaml")["spec"]["template"]["spec"]
    reached = {edge.source.app: (edge.target.cidr, edge.port) for edge in made.system.edges if edge.target.cidr}
    assert reached == {"shop/api": ("169.254.169.1/32", 81)}


def test_without_sidecars_none_is_named(catalog_with):
    made = run(catalog_with(), app(identity=OWN), platform(cloudIdentity={"mode": "agent"}))
    template = made.object("apps/shop/api/base/deployment.yaml")["spec"]["template"]
    assert "annotations" not in template["metadata"]


def test_those_that_are_added_are_named_too(catalog_with):
    cloud = platform(cloudIdentity={"mode": "agent"}, mesh={"mode": "istio-sidecar"})
    made = run(catalog_with(), app(identity=OWN, sidecars=SIDECARS), cloud)
    template = made.object("apps/shop/api/base/deployment.yaml")["spec"]["template"]
    assert template["metadata"]["annotations"]["agent.example.com/others"] == "proxy + exporter + istio-proxy"


IRSA = {"mode": "irsa", "issuer": "https://oidc.example.com/id/1", "cidrs": ["203.0.113.0/24"]}
UNKNOWN = {
    "by nobody": ({}, "does not say how examples knows a pod's ServiceAccount"),
    "by another cloud": ({"cloudIdentity": IRSA}, "ServiceAccount: irsa is for another cloud"),
}


@pytest.mark.parametrize(("spec", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_identity_that_nothing_gives_is_refused(catalog_with, spec, message):
    catalog = catalog_with()
    with pytest.raises(AnswersError) as caught:
        run(catalog, app(identity=OWN), platform(**spec))
    assert message in str(caught.value)
    run(catalog, app(), platform(**spec))


WRITTEN = "{linkLocal: 169.254.169.1/32}"
BROKEN = {
    "an address from an answer": ('{linkLocal: "=platform.cloudIdentity.cidrs[0]"}', "is written as it is"),
    "a whole end from an answer": ("'={\"linkLocal\": platform.cloudIdentity.cidrs[0]}'", "is written as it is"),
    "more than one address": ("{linkLocal: 169.254.169.0/24}", "is not one link-local address"),
    "an address of anybody": ("{linkLocal: 198.51.100.7/32}", "is not one link-local address"),
    "no address": ("{linkLocal: 169.254.169.1/33}", "is not a network"),
    "another end beside it": (f"{WRITTEN[:-1]}, cidr: 198.51.100.7/32}}", "and nothing else"),
    "an address as if anybody might open it": ("{cidr: 169.254.169.1/32}", "no rule may open it"),
    "the node on any port": ("{node: true}", "on port 53 alone"),
    "the node, and another end": ("{node: true, cidr: 198.51.100.7/32}", "and nothing else"),
    "the API server, and another end": ("{apiServer: true, internet: true}", "and nothing else"),
}


@pytest.mark.parametrize(("target", "message"), BROKEN.values(), ids=BROKEN)
def test_no_answer_opens_what_hands_out_credentials(catalog_with, target, message):
    assert WRITTEN in DESCRIPTION
    catalog = catalog_with(DESCRIPTION.replace(WRITTEN, target))
    cloud = {"mode": "agent", "cidrs": ["198.51.100.0/24"]}
    with pytest.raises(BlueprintError) as caught:
        run(catalog, app(identity=OWN), platform(cloudIdentity=cloud))
    assert message in str(caught.value)


@pytest.mark.parametrize("source", [WRITTEN, "{cidr: 198.51.100.7/32}", "{namespace: front, labels: {a: b}}"])
def test_only_pods_of_apps_reach_it(catalog_with, source):
    catalog = catalog_with(DESCRIPTION.replace("source: =pod", f"source: {source}"))
    with pytest.raises(BlueprintError, match="is reached by pods of an App, or reaches them"):
        run(catalog, app(identity=OWN), platform(cloudIdentity={"mode": "agent"}))


@pytest.mark.parametrize("source", ["{cidr: 198.51.100.7/32}", "{namespace: front, labels: {a: b}}"])
def test_only_apps_reach_the_api_server_as_such(catalog_with, source):
    """An operator's own policies are not rendered: who reads what it needs has to see addresses."""
    asked = DESCRIPTION.replace(WRITTEN, "{apiServer: true}").replace("source: =pod", f"source: {source}")
    with pytest.raises(BlueprintError, match="are reached by an App"):
        run(catalog_with(asked), app(identity=OWN), platform(cloudIdentity=CLOUD))


FROM_THE_NODE = DESCRIPTION.replace("source: =pod", f"source: {WRITTEN}").replace(f"target: {WRITTEN}", "target: =pod")
CLOUD = {"mode": "agent", "cidrs": ["198.51.100.0/24"]}


def test_the_node_may_be_a_source(catalog_with):
    edges = run(catalog_with(FROM_THE_NODE), app(identity=OWN), platform(cloudIdentity=CLOUD)).system.edges
    [edge] = [edge for edge in edges if edge.of_the_node]
    assert (edge.source.cidr, edge.target.app) == ("169.254.169.1/32", "shop/api")


def test_no_answer_says_who_the_node_is(catalog_with):
    """What comes from there is seen by no mesh: the address stands in the blueprint."""
    asked = FROM_THE_NODE.replace(WRITTEN, '{linkLocal: "=platform.cloudIdentity.cidrs[0]"}')
    with pytest.raises(BlueprintError, match="is written as it is"):
        run(catalog_with(asked), app(identity=OWN), platform(cloudIdentity=CLOUD))
