"""Policies that no order tells apart: which of them is asked first nobody says, or only their names do.

May import: model, ranges, universe.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from scaffold.reach.ranges import intersect, ports_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.model import Pod, Policy, Rule, Tier
    from scaffold.reach.universe import Universe

_SIDES = ("egress", "ingress")


def undecided(policies: Iterable[Policy], universe: Universe) -> Iterator[tuple[Policy, Policy]]:
    """Yield pairs of policies of one tier and order that do different things with the same flows of a pod.

    Args:
        policies: of any kind.
        universe: whom they may mean.
    """
    alike: dict[tuple[Tier, float], list[Policy]] = defaultdict(list)
    for policy in policies:
        alike[policy.tier, policy.order].append(policy)
    for several in alike.values():
        if len(_actions(several)) > 1:
            yield from (pair for pair in _together(several, universe) if _differ(*pair, universe))


def _actions(policies: Iterable[Policy]) -> set[str]:
    return {rule.action for policy in policies for side in _SIDES for rule in policy.rules(side) or ()}


def _together(policies: Iterable[Policy], universe: Universe) -> Iterator[tuple[Policy, Policy]]:
    """Yield the pairs that hold a pod together, each once."""
    holding: dict[Pod, list[Policy]] = defaultdict(list)
    for policy in policies:
        for pod in universe.subjects(policy):
            holding[pod].append(policy)
    seen: set[tuple[int, int]] = set()
    for several in holding.values():
        if len(_actions(several)) > 1:
            for one, two in combinations(several, 2):
                if (id(one), id(two)) not in seen:
                    seen.add((id(one), id(two)))
                    yield one, two


def _differ(one: Policy, two: Policy, universe: Universe) -> bool:
    """Tell whether a rule of one does something else than a rule of the other with a peer and a port of both."""
    return any(
        first.action != second.action
        and _ports_meet(first, second)
        and not _behind(first, one, universe).isdisjoint(_behind(second, two, universe))
        for side in _SIDES
        for first in one.rules(side) or ()
        for second in two.rules(side) or ()
    )


def _behind(rule: Rule, policy: Policy, universe: Universe) -> set[object]:
    if rule.peers is None:
        return {*universe.pods, *universe.nets, *universe.names}
    return {node for peer in rule.peers for node in universe.behind(peer, policy.namespace)}


def _ports_meet(one: Rule, two: Rule) -> bool:
    named = any(port.name for rule in (one, two) for port in rule.ports or ())
    return named or bool(intersect(ports_of(one, None), ports_of(two, None)))
