"""The universe of an evaluation: pods found by label, and address atoms found by number.

Pods are found by index and set intersection, never one by one. Addresses are split into atoms, the largest ranges that
no rule tells apart, of which one sample stands for all.

May import: model, labels, networks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from ipaddress import IPv4Address, IPv6Address, ip_address
from operator import itemgetter
from typing import TYPE_CHECKING

from scaffold.labels import NAMESPACE
from scaffold.networks import network
from scaffold.reach.model import Name, Net, Node, Peer, Pod, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.reach.model import Policy

_LAST = {4: (1 << 32) - 1, 6: (1 << 128) - 1}


class Universe:
    """Pods, the labels of their namespaces, and address atoms."""

    def __init__(
        self,
        pods: Iterable[Pod],
        namespaces: Mapping[str, Mapping[str, str]],
        blocks: Iterable[str],
        names: Iterable[Name] = (),
    ) -> None:
        """Index a cluster.

        Args:
            pods: equal ones count once.
            namespaces: the labels of each namespace; one that is missing has only its name.
            blocks: the networks that have to be told apart.
            names: whom somebody knows by name alone; equal ones count once.
        """
        self.pods = tuple(dict.fromkeys(pods))
        self.nets = tuple(split(blocks))
        self.names = tuple(sorted(set(names)))
        self._starts: dict[int, list[tuple[int, Net]]] = {4: [], 6: []}
        for net in self.nets:
            address = ip_address(net.sample)
            self._starts[address.version].append((int(address), net))
        self._labels = {pod: dict(pod.labels) for pod in self.pods}
        self._spaces = {name: dict(labels) for name, labels in namespaces.items()}
        self._by_space: dict[str, set[Pod]] = defaultdict(set)
        self._by_label: dict[tuple[str, str], set[Pod]] = defaultdict(set)
        for pod in self.pods:
            self._by_space[pod.namespace].add(pod)
            self._spaces.setdefault(pod.namespace, {NAMESPACE: pod.namespace})
            for label in pod.labels:
                self._by_label[label].add(pod)
        self._peers: dict[tuple[Peer, str], frozenset[Node]] = {}

    def inside(self, namespace: str, selector: Selector) -> set[Pod]:
        """Return the pods of one namespace (or of all, by an empty one) that a selector selects."""
        return self._select(selector, self._by_space.get(namespace, set()) if namespace else None)

    def subjects(self, policy: Policy) -> set[Pod]:
        """Return the pods that a policy selects."""
        if policy.spaces is None:
            return self.inside(policy.namespace, policy.pods)
        return self._selected(Peer(namespaces=policy.spaces, pods=policy.pods), policy.namespace)

    def behind(self, peer: Peer, space: str) -> frozenset[Node]:
        """Return the nodes that a peer of a policy in the namespace `space` stands for."""
        key = (peer, "" if peer.namespaces is not None or peer.cidr or peer.name else space)
        if key not in self._peers:
            self._peers[key] = frozenset(self._meant(peer, space))
        return self._peers[key]

    def _meant(self, peer: Peer, space: str) -> Iterable[Node]:
        if peer.name is not None:
            return self.called(peer.name)
        return self.nets_in(peer.cidr, peer.excepted) if peer.cidr else self._selected(peer, space)

    def called(self, name: Name) -> list[Node]:
        """Return the nodes that a name of a policy stands for: hosts, or an entity, of which some hold others."""
        hosts = [one for one in self.names if not one.entity]
        if not name.entity:
            return [one for one in hosts if fits(one.name, name.name)]
        groups: dict[str, tuple[Node, ...]] = {
            "all": (*self.pods, *self.nets, *self.names),
            "world": (*self.nets, *hosts),
            "cluster": (*self.pods, *(one for one in self.names if one.entity)),
        }
        return [*groups.get(name.name, (name,))]

    def nets_in(self, cidr: str, excepted: Iterable[str]) -> list[Net]:
        """Return the address atoms inside a network, less those inside any of its exceptions."""
        outside = {net for text in excepted for net in self._range(text)}
        return [net for net in self._range(cidr) if net not in outside]

    def _range(self, cidr: str) -> list[Net]:
        block = network(cidr)
        starts = self._starts[block.version]
        first = bisect_left(starts, int(block.network_address), key=itemgetter(0))
        last = bisect_right(starts, int(block.broadcast_address), key=itemgetter(0))
        return [net for _, net in starts[first:last]]

    def _selected(self, peer: Peer, space: str) -> set[Pod]:
        if peer.namespaces is None:
            return self._select(peer.pods, self._by_space.get(space, set()))
        spaces = [name for name, labels in self._spaces.items() if all(part.holds(labels) for part in peer.namespaces)]
        if len(spaces) == len(self._spaces):
            return self._select(peer.pods, None)
        return set().union(*(self._select(peer.pods, self._by_space.get(name, set())) for name in spaces))

    def _select(self, selector: Selector, among: set[Pod] | None) -> set[Pod]:
        """Return the pods that a selector selects among some (None: all), by the index where it names a value."""
        candidates = among
        for part in selector:
            if part.values is not None and not part.negated:
                matching = set().union(*(self._by_label.get((part.key, value), set()) for value in part.values))
                candidates = matching if candidates is None else candidates & matching
        rest = [part for part in selector if part.values is None or part.negated]
        chosen = set(self.pods) if candidates is None else candidates
        return {pod for pod in chosen if all(part.holds(self._labels[pod]) for part in rest)} if rest else set(chosen)


def fits(name: str, pattern: str) -> bool:
    """Tell whether a host's name is one of a pattern, in which `*` is any part of a label, `**.` labels, alone all."""
    if set(pattern.rstrip(".")) == {"*"}:
        return True
    text = re.escape(pattern.rstrip(".").lower())
    labels = re.sub(r"^(\\\*){2,}\\\.", r"(?:[-a-z0-9_*]+\\.)+", text)
    return re.fullmatch(re.sub(r"(\\\*)+", "[-a-z0-9_*]*", labels), name.rstrip(".").lower()) is not None


def split(blocks: Iterable[str]) -> list[Net]:
    """Return the lowest address of each range that the blocks cut the IPv4 and IPv6 addresses into."""
    cuts: dict[int, set[int]] = {4: {0}, 6: {0}}
    for text in blocks:
        block = network(text)
        cuts[block.version] |= {int(block.network_address), int(block.broadcast_address) + 1}
    made: list[Net] = []
    for version, starts in sorted(cuts.items()):
        address = IPv4Address if version == 4 else IPv6Address  # noqa: PLR2004  the versions of the protocol
        made += [Net(str(address(start))) for start in sorted(starts) if start <= _LAST[version]]
    return made
