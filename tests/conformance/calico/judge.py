"""Calico as a judge of policies: its validation, and what its calculation graph makes of them for each pod."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from conformance.cilium import judge
from conformance.cyclonus.judge import Objects, Probe

from scaffold.reach import calico
from scaffold.reach.model import Node

Judge = Callable[[Objects, Sequence[Node], Sequence[Probe]], judge.Verdict]

evaluation_of = partial(judge.evaluation_of, plugin=calico)
judged = partial(judge.judged, plugin=calico)
nodes_of = judge.nodes_of


def theirs(ask: judge.Ask, nodes: Sequence[Node], values: Objects, probes: Sequence[Probe]) -> judge.Verdict:
    """Return Calico's judgement."""
    return judge.theirs(ask, nodes, values, probes, plugin=calico)
