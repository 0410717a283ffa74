"""Of 200 generated systems, and of each two choices of a Platform together, both judge every pair alike, and as meant.

In a mesh these are the flows that NetworkPolicy and AuthorizationPolicy both admit.
"""

import copy

import pytest
from conformance.cyclonus.judge import evaluation_of, is_network_policy, ours, probes_of, theirs
from conformance.generation import GENERATED, each_system
from conformance.helpers import differences

pytestmark = pytest.mark.programs("cyclonus")

SYSTEMS, TWINS = 200, 40


@pytest.fixture
def judged(talk):
    def both(system, values):
        evaluation, probes = evaluation_of(system, values), probes_of(values, steps=(0,))
        return ours(evaluation, probes), theirs(talk("cyclonus"), evaluation, values, probes)

    return both


def objects(made):
    return [
        value
        for part in ("namespaces/", "apps/")
        for value in made.objects(part)
        if value.get("kind") != "Kustomization"
    ]


def test_both_judge_alike_and_as_meant(systems, judged, proof):
    meshed, between = [], []

    def check(made):
        values = objects(made)
        assert differences(made.system, values) == []
        mine, other = judged(made.system, values)
        assert sorted(mine ^ other)[:20] == []
        meshed.append(made.system.platform.spec.mesh is not None)
        between.append(any(edge.source.app and edge.target.app for edge in made.system.edges if edge.in_force))

    assert each_system(systems, SYSTEMS, "cyclonus/generated", check, pairs=True) == SYSTEMS
    assert {True, False} <= set(meshed)
    assert sum(between) > SYSTEMS / 10
    proof("cyclonus", GENERATED, "accepted")


def test_one_changed_rule_is_noticed_by_both(systems, judged, proof):
    """The first rule of the first policy that has any is opened to everybody."""
    noticed = []

    def check(made):
        values = objects(made)
        broken = copy.deepcopy(values)
        rules = [
            (value["spec"][side], {"ingress": "from", "egress": "to"}[side])
            for value in broken
            if is_network_policy(value)
            for side in ("ingress", "egress")
            if value["spec"].get(side)
        ]
        if not rules:  # every App resolves names, at least; but that may stand elsewhere
            assert made.system.platform.spec.network
            return
        [first, *_], key = rules[0]
        first.pop(key)
        mine, other = judged(made.system, broken)
        assert sorted(mine ^ other)[:20] == []
        assert differences(made.system, broken)
        noticed.append(other != judged(made.system, values)[1])

    assert each_system(systems, TWINS, "cyclonus/generated-twins", check) == TWINS
    assert all(noticed)
    proof("cyclonus", GENERATED, "twin_refused")
