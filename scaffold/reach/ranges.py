"""Sets of ports: those of a rule, and what two sets have in common or not.

May import: model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.reach.model import ALL_PORTS, Pod, PortRange, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.model import Node

PROTOCOLS = ("SCTP", "TCP", "UDP")
_WHOLE = [(protocol, *ALL_PORTS[1:]) for protocol in PROTOCOLS]


def ports_of(rule: Rule, target: Node | None) -> set[PortRange]:
    """Return the ports of a rule; a named one is the target pod's own, where there is one."""
    if rule.ports is None:
        return {ALL_PORTS}
    made: set[PortRange] = set()
    for port in rule.ports:
        if port.name:
            named = target.ports if isinstance(target, Pod) else ()
            made.update(
                (protocol, number, number)
                for name, protocol, number in named
                if (name, protocol) == (port.name, port.protocol)
            )
        elif port.first is None:
            made.add((port.protocol, 0, 65535))
        else:
            made.add((port.protocol, port.first, port.last or port.first))
    return made


def intersect(ones: Iterable[PortRange], twos: Iterable[PortRange]) -> set[PortRange]:
    """Return the ports that are in both."""
    others = list(twos)
    return {both for one in ones for two in others if (both := _intersect(one, two))}


def _intersect(one: PortRange, two: PortRange) -> PortRange | None:
    if ALL_PORTS in {one, two}:
        return two if one == ALL_PORTS else one
    first, last = max(one[1], two[1]), min(one[2], two[2])
    return (one[0], first, last) if one[0] == two[0] and first <= last else None


def without(ports: Iterable[PortRange], denied: Iterable[PortRange]) -> set[PortRange]:
    """Return ports less others; those of every protocol become ranges of each protocol that has ports."""
    left, others = set(ports), list(denied)
    if ALL_PORTS in others:
        return set()
    if others and ALL_PORTS in left:
        left = (left - {ALL_PORTS}) | {(protocol, 0, ALL_PORTS[2]) for protocol in PROTOCOLS}
    for protocol, first, last in others:
        left = {
            (own, low, high)
            for own, start, end in left
            for low, high in (
                ((start, min(end, first - 1)), (max(start, last + 1), end)) if own == protocol else ((start, end),)
            )
            if low <= high
        }
    return left


def merge(ports: Iterable[PortRange]) -> list[PortRange]:
    """Join overlapping and adjacent ranges, so that equal sets of ports are equal lists."""
    made: list[PortRange] = []
    for protocol, first, last in sorted(set(ports)):
        if (protocol, first, last) == ALL_PORTS:
            return [ALL_PORTS]
        if made and made[-1][0] == protocol and first <= made[-1][2] + 1:
            made[-1] = (protocol, made[-1][1], max(last, made[-1][2]))
        else:
            made.append((protocol, first, last))
    return [ALL_PORTS] if made == _WHOLE else made
