"""What a mesh lets in at one pod, by its sidecar or by ztunnel: its policies, worked out for the callers of a universe.

Whether a port may be opened at all: what is allowed for some requests only is open here. What cannot be judged counts
as open where it allows, and as void where it denies.

May import: authorization, callers, peer_authentication, model, ranges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from scaffold.reach import authorization
from scaffold.reach.authorization import ALL_TCP
from scaffold.reach.callers import Callers, is_plaintext
from scaffold.reach.model import ALL_PORTS, Node, PortRange
from scaffold.reach.peer_authentication import DISABLE, STRICT
from scaffold.reach.ranges import intersect, merge, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.reach.authorization import AuthorizationPolicy, Matches, Permission

# A mesh captures TCP only.
NOT_TCP: tuple[PortRange, ...] = (("SCTP", 0, 65535), ("UDP", 0, 65535))

_Meant: TypeAlias = list[tuple[frozenset[Node] | None, list[PortRange]]]
"""Who (None: everybody) is meant on which ports."""


class _Stage(NamedTuple):
    """What holds on the ports of one mutual TLS mode."""

    mode: str
    ports: list[PortRange]
    allowed: _Meant
    denied: _Meant

    def hit(self, source: Node) -> tuple[int, ...] | None:
        """Return which parts mean a node, denied ones counted from -1 down; None where it cannot connect."""
        if self.mode == STRICT and is_plaintext(source):
            return None
        allowed = [at for at, (nodes, _) in enumerate(self.allowed) if nodes is None or source in nodes]
        denied = [~at for at, (nodes, _) in enumerate(self.denied) if nodes is None or source in nodes]
        return (*allowed, *denied)

    def opened(self, hit: tuple[int, ...]) -> list[PortRange]:
        """Return the ports that the parts which were hit leave open."""
        allowed = [one for at in hit if at >= 0 for one in self.allowed[at][1]]
        denied = [one for at in hit if at < 0 for one in self.denied[~at][1]]
        return sorted(without(intersect(self.ports, merge(allowed)), denied))


class Gate:
    """One pod's sidecar."""

    def __init__(
        self,
        callers: Callers,
        policies: Iterable[AuthorizationPolicy],
        opaque: list[PortRange],
        modes: Mapping[str, list[PortRange]],
        past: Iterable[PortRange],
    ) -> None:
        """Work out what holds for whom.

        Args:
            callers: who is meant by a source.
            policies: those that apply to the pod.
            opaque: its ports that carry no HTTP.
            modes: its ports by the mutual TLS mode that may hold.
            past: its ports that the sidecar does not see.
        """
        self._past = list(past)
        self._stages = [_stage(callers, list(policies), opaque, mode, ports) for mode, ports in modes.items()]
        # Callers are many, the ways in which policies mean them few.
        self._known: dict[tuple[tuple[int, ...] | None, ...], list[PortRange]] = {}

    def admitted(self, source: Node) -> list[PortRange]:
        """Return the ports that a node may open, merged."""
        hits = tuple([stage.hit(source) for stage in self._stages])
        if hits not in self._known:
            opened = [stage.opened(hit) for stage, hit in zip(self._stages, hits, strict=True) if hit is not None]
            tcp = merge([*self._past, *(one for several in opened for one in several)])
            self._known[hits] = [ALL_PORTS] if tcp == [ALL_TCP] else [*tcp, *NOT_TCP]
        return self._known[hits]

    def named(self) -> list[frozenset[Node]]:
        """Return the callers whom the policies tell apart: within each, and outside all, what is admitted is one.

        Besides these, whether a caller shows a certificate (`is_plaintext`) decides.
        """
        stages = [part for stage in self._stages for part in (*stage.allowed, *stage.denied)]
        return [nodes for nodes, _ in stages if nodes is not None]

    def plaintext(self) -> list[PortRange]:
        """Return the ports that can be opened without a client certificate, whoever is allowed to then."""
        opened = [one for stage in self._stages if stage.mode != STRICT for one in stage.ports]
        return merge([*opened, *self._past])


def _stage(
    callers: Callers, policies: list[AuthorizationPolicy], opaque: list[PortRange], mode: str, ports: list[PortRange]
) -> _Stage:
    sides: dict[str, _Meant] = {"ALLOW": [], "DENY": []}
    for policy in policies:
        if policy.action not in sides:
            continue
        allows = policy.action == "ALLOW"
        for rule, where in policy.at(opaque):
            named = intersect(where, _opened(rule.operations) if allows else _shut(rule))
            if not named:
                continue
            for source in rule.sources:
                nodes = callers.meant(source, identified=mode != DISABLE, certain=not allows)
                sides[policy.action].append((nodes, sorted(named)))
    if not any(policy.action == "ALLOW" for policy in policies):
        sides["ALLOW"].append((None, [ALL_TCP]))
    return _Stage(mode, ports, sides["ALLOW"], sides["DENY"])


def _opened(operations: Iterable[Matches]) -> list[PortRange]:
    """Return the ports that may be meant by any of some operations."""
    found: list[PortRange] = []
    for operation in operations:
        ports = authorization.ports(operation)
        found += [ALL_TCP] if ports is None else ports
    return merge(found)


def _shut(rule: Permission) -> list[PortRange]:
    """Return the ports on which a rule means every request for certain."""
    if rule.when:
        return []
    whole = [operation for operation in rule.operations if all(match.field == "ports" for match in operation)]
    return merge(one for operation in whole for one in authorization.ports(operation) or ())
