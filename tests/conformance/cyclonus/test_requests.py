"""A flow into pods of others is closed until its owner applies the request; then it is open, and nothing else by cyclonus

The owners' namespaces deny by default, as ours do. The twins: a request that names no pods, and one for another port.
"""

import copy
from itertools import product

import pytest
from conformance.cyclonus.judge import evaluation_of, probed, probes_of, theirs
from conformance.helpers import objects, paths
from harness import EXAMPLES, run_answers

from scaffold.answers.load import load
from scaffold.reach.intent import Expected
from scaffold.system.model import Edge
from scaffold.system.requests import requests
from scaffold.system.resolvers import resolvers

pytestmark = pytest.mark.programs("cyclonus")

ASKING = [path for path in EXAMPLES if list((path / "bundle/requests").rglob("*.yaml"))]


@pytest.fixture(params=ASKING, ids=[path.name for path in ASKING], scope="module")
def asking(request):
    """One example after the other that asks somebody for the other half of a flow."""
    return request.param


def denied(namespace):
    """Return what a namespace of others denies by default."""
    metadata = {"name": "default-deny", "namespace": namespace}
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


class Bundle:
    """An example with what it asks of others: by owner, what they would apply, and what is to be open then."""

    def __init__(self, catalog, example, ask):
        self.system, self._ask = run_answers(catalog, *load([example], catalog)).system, ask
        folder = example / "bundle/requests"
        self.asked = {one.name: objects(sorted(one.rglob("*.yaml"))) for one in sorted(folder.iterdir())}
        spaces = {value["metadata"]["namespace"] for values in self.asked.values() for value in values}
        self.values = [*objects(paths(example / "bundle")), *map(denied, sorted(spaces - set(self.system.namespaces)))]
        asked = [value for values in self.asked.values() for value in values]
        self._evaluation = evaluation_of(self.system, [*self.values, *asked])
        self._probes = probes_of(asked, steps=(0, 1))
        self._names = resolvers(self.system.platform.spec.dns)
        self.before = self.open()

    def open(self, applied=()):
        """Return what is open when some requests are applied: each half, and both together."""
        return theirs(self._ask, self._evaluation, [*self.values, *applied], self._probes)

    def meant(self, owner):
        """Return the flows that an owner is asked for, with those by which pods that are isolated so still resolve names."""
        found = set()
        for one in (one for one in requests(self.system) if one.owner == owner):
            found |= self._probed(one.direction, (edge.hops[0] for edge in one.edges))
            if one.direction == "egress":
                ends = product(self._names, ("TCP", "UDP"))
                found |= self._probed(one.direction, (resolving(one.end, *name, each) for name, each in ends))
        return found

    def _probed(self, direction, edges):
        universe = self._evaluation.universe
        flows = Expected(universe).flows(edges)
        return {
            one for table in (direction.title(), "Combined") for one in probed(universe, table, flows, self._probes)
        }


def resolving(source, target, port, protocol):
    return Edge(source, target, port, protocol, "names", "foreign", "foreign", "declared")


@pytest.fixture(scope="module")
def bundle(catalog, asking, talk):
    return Bundle(catalog, asking, talk("cyclonus"))


def test_a_flow_is_open_when_its_owner_agrees(bundle, asking, proof):
    """Each owner by itself."""
    for owner, asked in bundle.asked.items():
        flows = bundle.meant(owner)
        assert flows
        assert not flows & bundle.before
        assert bundle.open(asked) - bundle.before == flows
    proof("cyclonus", asking, "accepted")


def rules(value):
    """Yield the rules of a request, each with its peer."""
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for rule in value["spec"].get(side, ()):
            yield rule, rule[peers][0]


def for_all_pods(value):
    for _, peer in rules(value):
        peer.pop("podSelector", None)


def for_the_next_port(value):
    for rule, _ in rules(value):
        rule["ports"][0]["port"] += 1


@pytest.mark.parametrize("change", [for_all_pods, for_the_next_port])
def test_a_request_for_something_else_is_noticed(bundle, asking, change, proof):
    for owner, asked in bundle.asked.items():
        broken = copy.deepcopy(asked)
        for value in broken:
            change(value)
        assert bundle.open(broken) - bundle.before != bundle.meant(owner)
    proof("cyclonus", asking, "twin_refused")
