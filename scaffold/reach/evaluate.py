"""Which flows do policies allow? Exact for NetworkPolicy, without looking at every pair of pods.

A flow is allowed when the source's egress and the target's ingress both allow it; a pod that no policy isolates in a
direction allows everything in it. Where there is a second layer (a mesh), it has to admit the flow, too.

May import: universe, model.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypeAlias

from scaffold.reach.model import ALL_PORTS, Net, Node, Pod, Policy, PortRange, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.universe import Universe

Flow: TypeAlias = tuple[Node, Node, PortRange]
_Ports: TypeAlias = frozenset[PortRange]
_Allowed: TypeAlias = dict[Node, set[PortRange]]

_EVERY_PORT: _Ports = frozenset((ALL_PORTS,))


class Layer(Protocol):
    """What else decides on connections, at the target."""

    def through(self, source: Node, target: Pod, ports: set[PortRange]) -> set[PortRange]:
        """Return the ports of the target that the source may open, of those that network policies let it open."""


class Evaluation:
    """The policies of one cluster over a universe of pods and address atoms."""

    def __init__(
        self,
        universe: Universe,
        policies: Iterable[Policy],
        exempt: Iterable[Pod] = (),
        layer: Layer | None = None,
    ) -> None:
        """Find what isolates each pod.

        Args:
            universe: pods and addresses; its atoms tell apart every block that the policies name (`blocks`).
            policies: every NetworkPolicy.
            exempt: pods whose own halves are taken as open, whatever selects them.
            layer: what has to admit a flow besides NetworkPolicy; `halves` do not ask it.
        """
        self.universe = universe
        self._layer = layer
        self._ingress: dict[Pod, list[tuple[Rule, str]]] = {}
        self._egress: dict[Pod, list[tuple[Rule, str]]] = {}
        self._exempt = others = frozenset(exempt)
        for policy in policies:
            for pod in universe.inside(policy.namespace, policy.pods) - others:
                for side, rules in ((self._ingress, policy.ingress), (self._egress, policy.egress)):
                    if rules is not None:
                        side.setdefault(pod, []).extend((rule, policy.namespace) for rule in rules)

    def isolated(self, pod: Pod, direction: str) -> bool:
        """Tell whether any policy selects the pod for `ingress` or `egress`."""
        return pod in (self._ingress if direction == "ingress" else self._egress)

    def halves(self, pod: Pod, direction: str) -> set[Flow]:
        """Return what one end of a pod allows by itself, `ingress` or `egress`, as if every other end were open."""
        if direction == "ingress":
            sources = self._side(pod, self._ingress, resolve_at_peer=False)
            return {(source, pod, one) for source, ports in sources.items() for one in merge(ports)}
        targets = self._side(pod, self._egress, resolve_at_peer=True)
        return {(pod, target, one) for target, ports in targets.items() for one in merge(ports)}

    def flows(self, pods: Iterable[Pod]) -> set[Flow]:
        """Return every allowed flow that begins or ends at one of the given pods (with itself, too), ports merged."""
        found: set[Flow] = set()
        for pod in pods:
            for target, ports in self._reached(pod).items():
                found.update((pod, target, ports_) for ports_ in merge(ports))
            for source, ports in self._reaching(pod).items():
                found.update((source, pod, ports_) for ports_ in merge(ports))
        return found

    def _reached(self, source: Pod) -> _Allowed:
        made: _Allowed = {}
        for target, ports in self._side(source, self._egress, resolve_at_peer=True).items():
            both = ports if isinstance(target, Net) else self._both(source, target, ports, self._ingress, target)
            if both := self._admitted(source, target, both):
                made[target] = both
        return made

    def _reaching(self, target: Pod) -> _Allowed:
        made: _Allowed = {}
        for source, ports in self._side(target, self._ingress, resolve_at_peer=False).items():
            both = ports if isinstance(source, Net) else self._both(source, target, ports, self._egress, source)
            if both := self._admitted(source, target, both):
                made[source] = both
        return made

    def _both(
        self, source: Node, target: Node, ports: set[PortRange], rules: dict[Pod, list[tuple[Rule, str]]], end: Pod
    ) -> set[PortRange]:
        """Intersect the ports that one end allows with those that the other end allows."""
        if end not in rules:
            return ports
        assert isinstance(target, Pod)  # noqa: S101  networks were handled by the callers
        peer = source if end is target else target
        allowed: set[PortRange] = set()
        for rule, space in rules[end]:
            if rule.peers is None or any(peer in self.universe.behind(item, space) for item in rule.peers):
                allowed |= ports_of(rule, target)
        return intersect(ports, allowed)

    def _admitted(self, source: Node, target: Node, ports: set[PortRange]) -> set[PortRange]:
        if self._layer is None or not ports or isinstance(target, Net) or target in self._exempt:
            return ports
        return self._layer.through(source, target, ports)

    def _side(self, pod: Pod, rules: dict[Pod, list[tuple[Rule, str]]], *, resolve_at_peer: bool) -> _Allowed:
        """Return what one direction of one pod allows by itself."""
        everybody: tuple[Node, ...] = (*self.universe.pods, *self.universe.nets)
        if pod not in rules:
            return {node: set(_EVERY_PORT) for node in everybody}
        made: _Allowed = defaultdict(set)
        for rule, space in rules[pod]:
            nodes: Iterable[Node] = everybody
            if rule.peers is not None:
                nodes = {node for peer in rule.peers for node in self.universe.behind(peer, space)}
            for node in nodes:
                made[node] |= ports_of(rule, node if resolve_at_peer else pod)
        return made


def ports_of(rule: Rule, target: Node) -> set[PortRange]:
    """Return the ports of a rule; a named one is the target pod's own."""
    if rule.ports is None:
        return set(_EVERY_PORT)
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
    return made


def blocks(policies: Iterable[Policy]) -> set[str]:
    """Return the networks that policies name, with their exceptions."""
    return {
        text
        for policy in policies
        for rule in (*(policy.ingress or ()), *(policy.egress or ()))
        for peer in rule.peers or ()
        if peer.cidr
        for text in (peer.cidr, *peer.excepted)
    }
