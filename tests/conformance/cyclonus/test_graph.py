"""Of anybody's manifests `scaffold graph` draws the flows that cyclonus allows, pair by pair and port by port.

Policies by hand (selectors with expressions, blocks with exceptions, named ports and ranges, what is empty or missing,
each direction), and generated ones. What is drawn is taken back to pairs: a group is everybody whom its name says.
"""

import copy
import json
from itertools import product

import pytest
from conformance.cyclonus.judge import probes_of, theirs
from graph.pairs import called, drawn_pairs, read
from graph.test_rows import MANIFESTS, SPACES, workload
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from reach import test_evaluate as policy_cases

from scaffold.graph.cluster import cluster
from scaffold.graph.drawn import names_of, rows_of
from scaffold.networks import MAPPED
from scaffold.reach.model import ALL_PORTS

pytestmark = pytest.mark.programs("cyclonus")

GENERATED = 200


def probes(values):
    """Return ports that are named anywhere with their neighbours, of each protocol."""
    return probes_of(values)


def drawn(seen, asked):
    """Return what the graph says: (source, target, protocol, port), and of which pairs it says nothing."""
    certain, own = drawn_pairs(seen)
    said = {
        (*ends, *probe)
        for ends, ports in certain.items()
        for probe in asked
        if any(one == ALL_PORTS or (one[0] == probe[0] and one[1] <= probe[1] <= one[2]) for one in ports)
    }
    return said, {ends for ends in own if ends not in certain}


def spelled_out(seen, values):
    """Return the policies as cyclonus wants them, and all namespaces, also those that only a selector describes.

    The API server adds the types that follow from rules. And cyclonus takes `NotIn` to ask for the key, which
    Kubernetes does not (`Requirement.Matches` of apimachinery), so that is written as two: another value, or no key.
    """
    made = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        for name, labels in seen.universe._spaces.items()
    ]
    for value in copy.deepcopy([value for value in values if value["kind"] == "NetworkPolicy"]):
        spec = value["spec"]
        if not spec.get("policyTypes"):
            spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
        for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
            for side in {"from", "to"} & rule.keys():
                rule[side] = [way for peer in rule[side] for way in peers(peer)]
        for number, pods in enumerate(ways(spec.get("podSelector", {}))):
            metadata = {**value["metadata"], "name": f"{value['metadata']['name']}-{number}"}
            made.append({**value, "metadata": metadata, "spec": {**spec, "podSelector": pods}})
    return made


def peers(peer):
    """Return a peer as several, none of which says NotIn of a key that may be missing."""
    keys = [key for key in ("namespaceSelector", "podSelector") if key in peer]
    return [{**peer, **dict(zip(keys, way, strict=True))} for way in product(*(ways(peer[key]) for key in keys))]


def ways(selector):
    """Return a selector as several, one of which holds where it does."""
    parts = [
        [part, {"key": part["key"], "operator": "DoesNotExist"}] if part["operator"] == "NotIn" else [part]
        for part in selector.get("matchExpressions") or ()
    ]
    return [{**selector, "matchExpressions": list(way)} for way in product(*parts)]


def allowed(ask, seen, values, asked):
    """Return what cyclonus says, of pairs with a workload at an end."""
    nodes = (*seen.universe.pods, *seen.universe.nets)
    names = names_of(seen, rows_of(seen))
    given_ = [node in seen.workloads for node in nodes]
    return {
        (called(names, nodes[source]), called(names, nodes[target]), *probe)
        for table, source, target, *probe in theirs(ask, seen, spelled_out(seen, values), asked)
        if table == "Combined" and (given_[source] or given_[target])
    }


def judged(ask, found, asked=None):
    """Return both judgements of some objects; pods that only rules name are taken as open at their end, and left out."""
    seen = cluster(found.read)
    asked = probes(found.values) if asked is None else asked
    mine, silent = drawn(seen, asked)
    names = names_of(seen, rows_of(seen))
    # Go reads an IPv4 address in IPv6 as the IPv4 address that it is; no packet carries one.
    others = {called(names, pod) for pod in seen.named} | {net.sample for net in seen.universe.nets_in(str(MAPPED), ())}
    left = [
        {one for one in several if one[:2] not in silent and others.isdisjoint(one[:2])}
        for several in (mine, allowed(ask, seen, found.values, asked))
    ]
    return left[0], left[1]


@pytest.fixture
def ask(talk):
    return talk("cyclonus")


@pytest.fixture(params=MANIFESTS, ids=[path.stem for path in MANIFESTS])
def by_hand(request):
    return request.param


def test_policies_by_hand(ask, by_hand, proof):
    mine, other = judged(ask, read(by_hand.read_text("utf-8")))
    assert mine
    assert sorted(mine ^ other)[:20] == []
    proof("cyclonus", "policies by hand", "accepted")


def test_generated_policies(ask, proof):
    count = 0

    @seed(1)
    @settings(max_examples=GENERATED, database=None, phases=[Phase.generate])
    @given(policy_cases.PODS, st.lists(policy_cases.POLICY, min_size=1, max_size=4))
    def property_(pods, policies):
        nonlocal count
        pods = list({(pod.namespace, pod.name): pod for pod in pods}.values())
        for number, policy in enumerate(policies):
            policy["metadata"]["name"] = f"p{number}"
        spaces = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
            for name, labels in SPACES.items()
        ]
        items = [*spaces, *map(workload, pods), *policies]
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        # No block may hold the pods themselves: see manifests/blocks.yaml.
        found = read(text.replace('{"cidr": "0.0.0.0/0"}', '{"cidr": "0.0.0.0/0", "except": ["0.0.0.0/8"]}'))
        mine, other = judged(ask, found, [(protocol, port) for protocol in ("TCP", "UDP") for port in (1, 2, 3, 4)])
        assert sorted(mine ^ other)[:20] == []
        count += bool(mine)

    property_()
    assert count > GENERATED / 2
    proof("cyclonus", "policies by hand", "accepted")


def test_one_changed_selector_or_port_is_noticed(ask, by_hand, proof):
    """The first policy selects other pods: by cyclonus, too, other flows are open than were drawn."""
    found = read(by_hand.read_text("utf-8"))
    asked = probes(found.values)
    before, _ = judged(ask, found, asked)
    policy = next(one for one in found.read if one.value["kind"] == "NetworkPolicy")
    policy.value["spec"]["podSelector"] = {"matchLabels": {"nobody": "has-this"}}
    after, other = judged(ask, found, asked)
    assert sorted(after ^ other)[:20] == []
    assert other != before
    proof("cyclonus", "policies by hand", "twin_refused")
