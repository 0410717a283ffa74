"""Which flows do policies allow? Exact for NetworkPolicy, without looking at every pair of pods.

A flow is allowed when the source's egress and the target's ingress both allow it; a pod that no policy isolates in a
direction allows everything in it; what is denied at one end is shut. A host is reached by its name only by a pod that
asks for it through a proxy. Where there is a second layer (a mesh), it has to admit the flow, too.

May import: ambient, universe, model.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypeAlias

from scaffold.reach.ambient import TUNNEL
from scaffold.reach.model import ALL_PORTS, WHOLE, Name, Node, Pod, Policy, PortRange, Rule
from scaffold.reach.universe import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.model import Peer
    from scaffold.reach.relays import Relays
    from scaffold.reach.universe import Universe

Flow: TypeAlias = tuple[Node, Node, PortRange]
_Ports: TypeAlias = frozenset[PortRange]
_Allowed: TypeAlias = dict[Node, set[PortRange]]

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_EVERY_PORT: _Ports = frozenset((ALL_PORTS,))


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
            policies: every NetworkPolicy.
            exempt: pods whose own halves are taken as open, whatever selects them.
            layer: what has to admit a flow besides NetworkPolicy; `halves` do not ask it.
        """
        self.universe = universe
        self._layer = layer
        self._ingress: dict[Pod, list[tuple[Rule, str]]] = {}
        self._egress: dict[Pod, list[tuple[Rule, str]]] = {}
        self._denied: dict[tuple[Pod, str], list[tuple[Rule, str]]] = {}
        self._exempt = others = frozenset(exempt)
        for policy in policies:
            for pod in universe.inside(policy.namespace, policy.pods) - others:
                for side, rules in ((self._ingress, policy.ingress), (self._egress, policy.egress)):
                    if rules is not None:
                        side.setdefault(pod, []).extend((rule, policy.namespace) for rule in rules)
                for direction, rules in (("ingress", policy.ingress_denied), ("egress", policy.egress_denied)):
                    if rules:
                        self._denied.setdefault((pod, direction), []).extend((rule, policy.namespace) for rule in rules)

    def isolated(self, pod: Pod, direction: str) -> bool:
        """Tell whether any policy selects the pod for `ingress` or `egress`."""
        return pod in (self._ingress if direction == "ingress" else self._egress)

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
        rules = self._ingress if direction == "ingress" else self._egress
        if end in rules:
            ports = intersect(ports, self._named(rules[end], peer, target))
        denied = self._denied.get((end, direction))
        return without(ports, self._named(denied, peer, target)) if denied else ports

    def _named(self, rules: Iterable[tuple[Rule, str]], peer: Node, target: Pod) -> set[PortRange]:
        """Return the ports of a target in those of some rules that name a peer."""
        found: set[PortRange] = set()
        for rule, space in rules:
            if rule.peers is None or any(peer in self.universe.behind(item, space) for item in rule.peers):
                found |= ports_of(rule, target)
        return found

    def _admitted(self, source: Node, target: Node, ports: set[PortRange]) -> set[PortRange]:
        if self._layer is None or not ports or not isinstance(target, Pod) or target in self._exempt:
            return ports
        return self._layer.through(source, target, ports)

    def _side(self, pod: Pod, direction: str) -> _Allowed:
        """Return what one direction of one pod allows by itself."""
        leaves = direction == "egress"
        rules = (self._egress if leaves else self._ingress).get(pod)
        denied = self._summed(pod, self._denied.get((pod, direction), ()), leaves=leaves)
        if rules is None:
            made = {node: set(_EVERY_PORT) for node in self._everybody(leaves=leaves)}
        else:
            made = self._summed(pod, rules, leaves=leaves)
            for name in [node for node in made if isinstance(node, Name) and not learned(node, rules)]:
                del made[name]
        if not denied:
            return made
        return {node: left for node, ports in made.items() if (left := without(ports, denied.get(node, ())))}

    def _everybody(self, *, leaves: bool) -> tuple[Node, ...]:
        """Return whoever may be at the other end: a host that is known by its name only is asked, and asks nobody."""
        names = [one for one in self.universe.names if leaves or one.entity]
        return (*self.universe.pods, *self.universe.nets, *names)

    def _summed(self, pod: Pod, rules: Iterable[tuple[Rule, str]], *, leaves: bool) -> _Allowed:
        """Return the ports of some rules of one pod by the nodes that they name."""
        made: _Allowed = defaultdict(set)
        for rule, space in rules:
            nodes: Iterable[Node] = self._everybody(leaves=leaves)
            if rule.peers is not None:
                nodes = {node for peer in rule.peers for node in self.universe.behind(peer, space)}
            for node in nodes:
                made[node] |= ports_of(rule, node if leaves else pod)
        return made


def _is_let_in(proxy: Pod, ports: Iterable[PortRange]) -> bool:
    """Tell whether some ports of a proxy are enough to be passed on by it."""
    return bool(proxy.proxy and intersect(ports, [TUNNEL]))


def learned(name: Name, rules: Iterable[tuple[Rule, str]]) -> bool:
    """Tell whether a proxy sees what a name is answered with, as some rules lead there: no other rule opens it."""
    return name.entity or any(fits(name.name, one) for rule, _ in rules for one in rule.asked or ())


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


def without(ports: Iterable[PortRange], denied: Iterable[PortRange]) -> set[PortRange]:
    """Return ports less others; those of every protocol become ranges of each protocol that has ports."""
    left, others = set(ports), list(denied)
    if ALL_PORTS in others:
        return set()
    if others and ALL_PORTS in left:
        left = (left - {ALL_PORTS}) | {(protocol, 0, ALL_PORTS[2]) for protocol in _PROTOCOLS}
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
    return made


def peers(policies: Iterable[Policy]) -> Iterator[Peer]:
    """Yield whom policies name, in what they allow and in what they deny."""
    for policy in policies:
        denied = (*policy.ingress_denied, *policy.egress_denied)
        for rule in (*(policy.ingress or ()), *(policy.egress or ()), *denied):
            yield from rule.peers or ()


def blocks(policies: Iterable[Policy]) -> set[str]:
    """Return the networks that policies name, with their exceptions."""
    return {text for peer in peers(policies) if peer.cidr for text in (peer.cidr, *peer.excepted)}


def names(policies: Iterable[Policy]) -> set[Name]:
    """Return whom policies know by name: hosts, patterns of them, and entities that stand for themselves."""
    return {peer.name for peer in peers(policies) if peer.name is not None and peer.name not in WHOLE}
