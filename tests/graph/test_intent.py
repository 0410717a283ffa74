"""The graph of a rendered bundle is the graph of the answers; what a broken twin opens or shuts shows up as such.

`check` is asked about generated systems, too: in `tests/test_generated.py`, where they are made.
"""

import copy
import json
import re

import pytest
from graph.pairs import read
from harness import EXAMPLES, app, documents, run, run_answers
from msgspec.structs import replace

from scaffold.answers.load import load
from scaffold.graph import drawn, intent
from scaffold.graph.cluster import cluster
from scaffold.graph.difference import compared
from scaffold.graph.model import spelled
from scaffold.graph.objects import objects
from scaffold.graph.reports import report
from scaffold.graph.texts import named
from scaffold.graph.trees import read_trees

_HASH = re.compile(r"-[0-9a-f]{8}\Z")


def applied(made):
    """Return the objects of a bundle that are applied."""
    paths = ("namespaces/", "apps/")
    text = "---\n".join(file.text for file in made.bundle.files if file.path.startswith(paths) and file.path.endswith(".yaml"))  # fmt: skip
    return read(text)


def flows(graph):
    """Return the flows of a graph by ids; a Job is called as its App, without the hash of what it runs."""
    return {(_HASH.sub("", flow.source.id), _HASH.sub("", flow.target.id), flow.ports) for flow in graph.flows}


def single(graph):
    """Return the flows of a graph, port by port."""
    return {(source, target, one) for source, target, ports in flows(graph) for one in ports}


def twins(values):
    """Yield broken twins of a bundle's objects: each first policy of an App that opens anything opened, and taken away."""
    first, *_ = [
        index
        for index, value in enumerate(values)
        if value["kind"] == "NetworkPolicy"
        and value["apiVersion"] == "networking.k8s.io/v1"
        and any(value["spec"].get(side) for side in ("ingress", "egress"))
    ] or [None]
    if first is None:
        return
    opened = copy.deepcopy(values)
    side = next(side for side in ("ingress", "egress") if opened[first]["spec"].get(side))
    opened[first]["spec"][side].append({})
    yield "unexpected", opened
    yield "missing", values[:first] + values[first + 1 :]


def check(system, found, *, with_twins=True):
    """Assert that objects have the flows of a system, and that two twins of them have not."""
    meant = intent.intent_of(system)
    have, want = drawn.graph_of(cluster(found.read)), intent.graph_of(meant)
    # What a gateway passes on ends at the gateway for who has no answers: `compared` judges the rest of the way.
    relayed = {edge.target.host for edge in system.edges if edge.egress == "relayed"}
    want = replace(want, flows=tuple(flow for flow in want.flows if flow.target.id not in relayed))
    if system.platform.spec.mesh:
        # A mesh knows callers by identity: of pods that only a rule names nobody knows it, who has no answers.
        named = {pod.id for pod in (*have.nodes, *want.nodes) if "=" in pod.id}
        assert {source for source, *_ in single(have) ^ single(want)} <= named
    else:
        assert flows(have) == flows(want)
    same = compared(system, found.values)
    assert (same.unexpected, same.missing, same.absent) == ((), (), ())
    for kind, broken in twins(found.values) if with_twins else ():
        assert getattr(compared(system, broken), kind), kind
        listed = json.dumps({"kind": "List", "apiVersion": "v1", "items": broken})
        assert flows(drawn.graph_of(cluster(read(listed).read))) != flows(intent.graph_of(meant)), kind


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples(catalog, path):
    made = run_answers(catalog, *load([path], catalog))
    check(made.system, objects(read_trees([str(path / "bundle")]).documents))


def two(catalog, **spec):
    """Return two Apps, of which one calls the other."""
    api, web = (
        app(ports={"http": {"port": 8080, "service": 80}}, **spec),
        app("web", to=[{"app": "api", "port": "http"}]),
    )
    return run(catalog, api, web)


def told(several):
    return [
        (named(one.flow.source), named(one.flow.target), *map(spelled, one.flow.ports), one.where) for one in several
    ]


def test_an_app_that_is_not_there_is_judged_as_if_it_were(catalog):
    made = two(catalog)
    left = [
        value for value in applied(made).values if value["kind"] != "Deployment" or value["metadata"]["name"] != "web"
    ]
    same = compared(made.system, left)
    assert (same.is_equal, same.absent) == (True, ("shop/web",))


def test_a_policy_that_is_missing_shuts_what_was_declared(catalog):
    made = two(catalog)
    left = [
        value
        for value in applied(made).values
        if (value["kind"], value["metadata"]["name"]) != ("NetworkPolicy", "api")
    ]
    found = compared(made.system, left)
    assert told(found.missing) == [
        ("shop/api", "kube-system/k8s-app=kube-dns", "53/TCP", "both ends"),
        ("shop/api", "kube-system/k8s-app=kube-dns", "53/UDP", "both ends"),
        ("shop/web", "shop/api", "8080/TCP", "both ends"),
    ]
    assert found.unexpected == ()


def test_a_workload_that_nobody_declared_is_unexpected(catalog):
    made = two(catalog)
    values = applied(made).values
    policy = {"podSelector": {"matchLabels": {"app": "x"}}, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 22}]}]}  # fmt: skip
    values.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x", "namespace": "shop"}, "spec": {"template": {"metadata": {"labels": {"app": "x"}}, "spec": {}}}})  # fmt: skip
    values.append({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x", "namespace": "shop"}, "spec": policy})  # fmt: skip
    assert told(compared(made.system, values).unexpected) == [("shop/x", "10.0.0.0/8", "22/TCP", "both ends")]


def test_a_policy_that_lets_everybody_in_names_strangers(catalog):
    made = two(catalog)
    values = applied(made).values
    policy = {"podSelector": {}, "ingress": [{"ports": [{"port": 8080}]}]}
    values.append({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x", "namespace": "shop"}, "spec": policy})  # fmt: skip
    found = told(compared(made.system, values).unexpected)
    assert ("any pod anywhere else", "shop/api", "8080/TCP", "both ends") in found
    assert not any(
        source.startswith("pods ") and source.endswith("anywhere else") for source, *_ in found
    )  # of any kind
    assert ("any address", "shop/api", "8080/TCP", "both ends") in found
    assert ("any other pod of shop", "shop/api", "8080/TCP", "ingress") in found  # default-deny does not let it out


def test_a_flow_that_is_withheld_is_no_flow(catalog):
    made = run(catalog, app(ports={"http": {"port": 8080}}), app("web", "front", to=[{"app": "api", "namespace": "shop", "port": "http"}]))  # fmt: skip
    graph = intent.graph_of(intent.intent_of(made.system))
    assert not any(flow.target.name == "api" for flow in graph.flows)
    answer = report((), made.system, ("web", "api:http"), "text")
    assert answer.exit_code == 1
    assert "its team has not agreed" in answer.text


def test_documents_of_an_answer_are_named(catalog):
    made = two(catalog)
    answer = report((), made.system, ("web", "shop/api:80"), "text")
    assert answer.exit_code == 0
    assert "web calls api:http (8080/TCP)\n          2.yaml:" in answer.text
    assert "the Service's port 80 leads to 8080" in answer.text
    assert documents(app())
