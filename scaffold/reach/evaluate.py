"""Which flows do policies allow? Exact for NetworkPolicy, without looking at every pair of pods.

A flow is allowed when the source's egress and the target's ingress both allow it; a pod that no policy isolates in a
direction allows everything in it. A host is reached by its name only by a pod that asks for it through a proxy. Where
there is a second layer (a mesh), it has to admit the flow, too.

May import: ambient, ranges, tiers, universe, model.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypeAlias

from scaffold.reach.ambient import TUNNEL
from scaffold.reach.model import ALL_PORTS, WHOLE, Name, Node, Pod, Policy, PortRange, Rule
from scaffold.reach.ranges import intersect, merge, ports_of
from scaffold.reach.tiers import EVERYBODY, Ordered, Stage, bits, decide
from scaffold.reach.universe import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.model import Peer
    from scaffold.reach.relays import Relays
    from scaffold.reach.tiers import Entry, Match
    from scaffold.reach.universe import Universe

Flow: TypeAlias = tuple[Node, Node, PortRange]
_Allowed: TypeAlias = dict[Node, set[PortRange]]


class Layer(Protocol):
    """What else decides on connections, at the target."""

    def through(self, source: Node, target: Pod, ports: set[PortRange]) -> set[PortRange]:
        """Return the ports of the target that the source may open, of those that network policies let it open."""

    def relayed(self, source: Node, proxy: Pod, target: Pod, onward: Iterable[PortRange]) -> set[PortRange]:
        """Return the ports of a target that a source may open through a proxy, of those that this may open itself."""

    @property
    def relays(self) -> Relays:
        """Which proxies stand for whom."""


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
            policies: every policy.
            exempt: pods whose own halves are taken as open, whatever selects them.
            layer: what has to admit a flow besides NetworkPolicy; `halves` do not ask it.
        """
        self.universe = universe
        self._layer = layer
        self._exempt = frozenset(exempt)
        self._ordered = Ordered(universe, policies, self._exempt)
        self._nodes: tuple[Node, ...] = (*universe.pods, *universe.nets, *universe.names)
        self._bit = {node: 1 << index for index, node in enumerate(self._nodes)}
        self._masks: dict[tuple[Peer, str], int] = {}

    def isolated(self, pod: Pod, direction: str) -> bool:
        """Tell whether any policy selects the pod for `ingress` or `egress`."""
        return bool(self._ordered.asked(pod, direction))

    def halves(self, pod: Pod, direction: str) -> set[Flow]:
        """Return what one end of a pod allows by itself, `ingress` or `egress`, as if every other end were open."""
        if direction == "ingress":
            sources = self._side(pod, "ingress")
            return {(source, pod, one) for source, ports in sources.items() for one in merge(ports)}
        targets = self._side(pod, "egress")
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
        made = self._called(source)
        for proxy in [node for node, ports in made.items() if isinstance(node, Pod) and _is_let_in(node, ports)]:
            onward = self._called(proxy)
            for target in self._layer.relays.behind(proxy) if self._layer else ():
                self._relay(made, (source, proxy, target), onward, target)
        return made

    def _called(self, source: Pod) -> _Allowed:
        """Return what a pod reaches by itself."""
        made: _Allowed = {}
        for target, ports in self._side(source, "egress").items():
            both = self._both(source, target, ports, "ingress") if isinstance(target, Pod) else ports
            if both := self._admitted(source, target, both):
                made[target] = both
        return made

    def _reaching(self, target: Pod) -> _Allowed:
        made = self._calling(target)
        proxies = self._layer.relays.of(target) if self._layer else []
        ways: list[tuple[Pod, _Allowed]] = [(proxy, {target: set(made.get(proxy, ()))}) for proxy in proxies]
        for proxy, onward in ways:
            for source, ports in self._calling(proxy).items():
                if _is_let_in(proxy, ports):
                    self._relay(made, (source, proxy, target), onward, source)
        return made

    def _calling(self, target: Pod) -> _Allowed:
        """Return who reaches a pod by itself."""
        made: _Allowed = {}
        for source, ports in self._side(target, "ingress").items():
            both = self._both(source, target, ports, "egress") if isinstance(source, Pod) else ports
            if both := self._admitted(source, target, both):
                made[source] = both
        return made

    def _relay(self, made: _Allowed, way: tuple[Node, Pod, Pod], onward: _Allowed, other: Node) -> None:
        """Add what a source reaches through a proxy: what this lets it ask for, and may itself open to the target."""
        source, proxy, target = way
        if self._layer and source != proxy and onward.get(target):
            ports = self._layer.relayed(source, proxy, target, onward[target])
            if ports:
                made[other] = made.get(other, set()) | ports

    def _both(self, source: Node, target: Pod, ports: set[PortRange], direction: str) -> set[PortRange]:
        """Intersect the ports that one end allows with those that the other end, a pod, allows in its direction."""
        end, peer = (target, source) if direction == "ingress" else (source, target)
        assert isinstance(end, Pod)  # noqa: S101  networks were handled by the callers
        asked = self._ordered.asked(end, direction)
        if not asked:
            return ports
        stages = [
            Stage(
                tier,
                EVERYBODY,
                [
                    (rule.action, 1, ports_of(rule, target))
                    for policy, _, rule in entries
                    if rule.peers is None
                    or any(peer in self.universe.behind(item, policy.namespace) for item in rule.peers)
                ],
            )
            for tier, entries in asked
        ]
        return {one for _, own in decide([(1, ports)], stages) for one in own}

    def _admitted(self, source: Node, target: Node, ports: set[PortRange]) -> set[PortRange]:
        if self._layer is None or not ports or not isinstance(target, Pod) or target in self._exempt:
            return ports
        return self._layer.through(source, target, ports)

    def _side(self, pod: Pod, direction: str) -> _Allowed:
        """Return what one direction of one pod allows by itself."""
        leaves = direction == "egress"
        everybody, asked = self._everybody(leaves=leaves), self._ordered.asked(pod, direction)
        if not asked:
            return {node: {ALL_PORTS} for node in everybody}
        own, unlearned = (None, self._unlearned(pod)) if leaves else (pod, 0)
        stages = [
            Stage(tier, EVERYBODY, [match for entry in entries for match in self._matches(entry, own, unlearned)])
            for tier, entries in asked
        ]
        made: _Allowed = defaultdict(set)
        for mask, ports in decide([(self._mask(everybody), {ALL_PORTS})], stages):
            for index in bits(mask):
                made[self._nodes[index]] |= ports
        return made

    def _everybody(self, *, leaves: bool) -> tuple[Node, ...]:
        """Return whoever may be at the other end: a host that is known by its name only is asked, and asks nobody."""
        names = [one for one in self.universe.names if leaves or one.entity]
        return (*self.universe.pods, *self.universe.nets, *names)

    def _matches(self, entry: Entry, own: Pod | None, unlearned: int) -> Iterator[Match]:
        """Yield what a rule matches: whom, on which ports; a named port is another one of each target but one's own."""
        rule = entry.rule
        whom = EVERYBODY if rule.peers is None else 0
        for peer in rule.peers or ():
            whom |= self._behind(peer, entry.policy.namespace)
        if rule.action == "allow":
            whom &= ~unlearned
        if own or not any(port.name for port in rule.ports or ()):
            yield rule.action, whom, ports_of(rule, own)
            return
        for target in self._nodes:
            if self._bit[target] & whom and (ports := ports_of(rule, target)):
                yield rule.action, self._bit[target], ports

    def _behind(self, peer: Peer, space: str) -> int:
        key = (peer, space)
        if key not in self._masks:
            self._masks[key] = self._mask(self.universe.behind(peer, space))
        return self._masks[key]

    def _unlearned(self, pod: Pod) -> int:
        """Return the hosts by name whose addresses a pod's proxy never sees."""
        rules = [*self._ordered.rules(pod, "egress")]
        return self._mask(name for name in self.universe.names if not learned(name, rules))

    def _mask(self, nodes: Iterable[Node]) -> int:
        made = 0
        for node in nodes:
            made |= self._bit[node]
        return made


def _is_let_in(proxy: Pod, ports: Iterable[PortRange]) -> bool:
    """Tell whether some ports of a proxy are enough to be passed on by it."""
    return bool(proxy.proxy and intersect(ports, [TUNNEL]))


def learned(name: Name, rules: Iterable[Rule]) -> bool:
    """Tell whether a proxy sees what a name is answered with, as some rules lead there: no other rule opens it."""
    return name.entity or any(fits(name.name, one) for rule in rules for one in rule.asked or ())


def peers(policies: Iterable[Policy]) -> Iterator[Peer]:
    """Yield whom policies name, in what they allow and in what they deny."""
    for policy in policies:
        for rule in (*(policy.ingress or ()), *(policy.egress or ())):
            yield from rule.peers or ()


def blocks(policies: Iterable[Policy]) -> set[str]:
    """Return the networks that policies name, with their exceptions."""
    return {text for peer in peers(policies) if peer.cidr for text in (peer.cidr, *peer.excepted)}


def names(policies: Iterable[Policy]) -> set[Name]:
    """Return whom policies know by name: hosts, patterns of them, and entities that stand for themselves."""
    return {peer.name for peer in peers(policies) if peer.name is not None and peer.name not in WHOLE}
