"""In which order policies are asked, and what they decide together: of the rules that match, the first one does.

Sets of nodes are the bits of a number and ports are ranges, so that what a rule decides is its match less what earlier
ones matched, for everybody at once. What a tier passes, or leaves to the next by its default, is asked there; what is
left after the last is allowed.

May import: model, ranges, universe.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from scaffold.reach.model import Action, Policy, PortRange, Rule, Tier
from scaffold.reach.ranges import intersect, merge, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scaffold.reach.model import Pod
    from scaffold.reach.universe import Universe

Parts: TypeAlias = list[tuple[int, set[PortRange]]]
"""Nodes, as bits, with ports; what several parts say of one node adds up."""
Row: TypeAlias = list[tuple[int, tuple[PortRange, ...]]]
"""Nodes, as bits, with ports; a node stands in one entry only."""
Match: TypeAlias = tuple[Action, int, set[PortRange]]
"""What a rule does, with whom, on which ports."""

EVERYBODY = -1
"""All bits: every node that there is."""


class Stage(NamedTuple):
    """What one tier says: to whom its default applies, and what its rules match, in their order."""

    tier: Tier
    held: int
    matches: list[Match]


class Entry(NamedTuple):
    """A rule with its policy and its number there."""

    policy: Policy
    number: int
    rule: Rule


class Ordered:
    """Policies in the order in which they are asked, and which of them hold each pod."""

    def __init__(self, universe: Universe, policies: Iterable[Policy], exempt: Iterable[Pod] = ()) -> None:
        """Sort policies and find whom they hold.

        Args:
            universe: of the pods.
            policies: every one; of two that no order tells apart, the one that is first by its name is asked first.
            exempt: pods that no policy holds.
        """
        self.held: list[tuple[Policy, set[Pod]]] = []
        self._of: dict[Pod, list[Policy]] = defaultdict(list)
        self._asked: dict[tuple[Pod, str], list[tuple[Tier, list[Entry]]]] = {}
        others = frozenset(exempt)
        for policy in sorted(policies, key=rank):
            pods = universe.subjects(policy) - others
            self.held.append((policy, pods))
            for pod in pods:
                self._of[pod].append(policy)

    def asked(self, pod: Pod, direction: str) -> list[tuple[Tier, list[Entry]]]:
        """Return the rules that are asked of a pod for `ingress` or `egress`, tier by tier; none: nothing holds it."""
        key = (pod, direction)
        if key not in self._asked:
            self._asked[key] = tiered(self._of.get(pod, ()), direction)
        return self._asked[key]

    def rules(self, pod: Pod, direction: str) -> Iterator[Rule]:
        """Yield all rules that are asked of a pod."""
        for _, entries in self.asked(pod, direction):
            yield from (entry.rule for entry in entries)


def tiered(policies: Iterable[Policy], direction: str) -> list[tuple[Tier, list[Entry]]]:
    """Return the rules of policies that hold one pod in the order in which they are asked, tier by tier."""
    holding = sorted((policy for policy in policies if policy.rules(direction) is not None), key=rank)
    return [
        (tier, [Entry(policy, *one) for policy in several for one in enumerate(policy.rules(direction) or ())])
        for tier, several in groupby(holding, key=lambda policy: policy.tier)
    ]


def rank(policy: Policy) -> tuple[float, str, float, str]:
    """Return by what policies are sorted."""
    return policy.tier.order, policy.tier.name, policy.order, policy.name


def decide(asked: Parts, stages: Iterable[Stage]) -> Parts:
    """Return what the rules allow of what is asked for.

    Args:
        asked: who asks, or is asked, for which ports.
        stages: the tiers in their order.
    """
    allowed: Parts = []
    left = asked
    for tier, held, matches in stages:
        last = unordered(tier, [action for action, _, _ in matches])
        passed: Parts = []
        for action, who, ports in matches[:last]:
            hit, left = _split(left, who, ports)
            if action == "allow":
                allowed += hit
            elif action == "pass":
                passed += hit
        allowed += both(left, [match[1:] for match in matches[last:]])
        if tier.default == "deny":
            left = [(rest, ports) for who, ports in left if (rest := who & ~held)]
        if passed:
            left = [(who, set(ports)) for who, ports in partition([*passed, *left])]
    return [*allowed, *left]


def unordered(tier: Tier, actions: Sequence[Action]) -> int:
    """Return from which rule on order makes no difference: all others allow, and what none of them matches is shut."""
    if tier.default != "deny":
        return len(actions)
    return next((at for at in range(len(actions), 0, -1) if actions[at - 1] != "allow"), 0)


def both(ones: Parts, twos: Iterable[tuple[int, set[PortRange]]]) -> Parts:
    """Return what is in both."""
    others = list(twos)
    made: dict[PortRange, int] = defaultdict(int)
    for who, ports in ones:
        for whom, several in others:
            if common := who & whom:
                for one in intersect(ports, several):
                    made[one] |= common
    return [(who, {one}) for one, who in made.items()]


def _split(parts: Parts, who: int, ports: set[PortRange]) -> tuple[Parts, Parts]:
    """Return what of some parts is with these nodes on these ports, and what is not."""
    hit, left = [], []
    for mask, own in parts:
        inside = mask & who
        common = intersect(own, ports) if inside else None
        if not common:
            left.append((mask, own))
            continue
        hit.append((inside, common))
        if outside := mask & ~who:
            left.append((outside, own))
        if rest := without(own, common):
            left.append((inside, rest))
    return hit, _joined(left) if len(left) > len(parts) else left


def _joined(parts: Parts) -> Parts:
    """Put nodes with the same ports into one part: so there are never more parts than nodes."""
    made: dict[frozenset[PortRange], int] = defaultdict(int)
    for who, ports in parts:
        made[frozenset(ports)] |= who
    return [(who, set(ports)) for ports, who in made.items()]


def partition(parts: Parts) -> Row:
    """Put each node into the one entry of all of its ports, merged."""
    blocks: list[tuple[int, list[PortRange]]] = []
    for who, ports in parts:
        left, made = who, []
        for block, own in blocks:
            inside = block & left
            left &= ~block
            if inside:
                made.append((inside, [*own, *ports]))
            if block & ~inside:
                made.append((block & ~inside, own))
        blocks = made + ([(left, list(ports))] if left else [])
    merged: dict[tuple[PortRange, ...], int] = defaultdict(int)
    for block, own in blocks:
        if own:
            merged[tuple(merge(own))] |= block
    return [(who, ports) for ports, who in sorted(merged.items())]


def bits(mask: int) -> Iterator[int]:
    """Yield the places of a number's bits, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
