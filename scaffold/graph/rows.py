"""Which sources reach each target, exactly, without looking at pairs: sets of nodes are the bits of one number.

Every egress rule, and every ingress rule, is a set of peers on some ports. What reaches a target is, for each of its
ingress rules and each egress rule that names it, the intersection of those who are let in and those who are let out.

May import: reach.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from scaffold.reach.ambient import TUNNEL
from scaffold.reach.callers import is_plaintext
from scaffold.reach.evaluate import intersect, merge, ports_of, without
from scaffold.reach.model import ALL_PORTS, Name, Node, Pod, PortRange, Rule
from scaffold.reach.universe import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.mesh import Admission
    from scaffold.reach.model import Policy
    from scaffold.reach.universe import Universe

Ports: TypeAlias = tuple[PortRange, ...]
Row: TypeAlias = list[tuple[int, Ports]]
"""Sources, as bits of `Rows.nodes`, and the ports that they reach; a source stands in one entry only."""
_Parts: TypeAlias = list[tuple[int, set[PortRange]]]

_FEW = 64


class Rows:
    """The flows of a universe by their targets.

    `unheld` are those whose egress no policy holds, `open` those whose ingress none does; addresses are both.
    """

    def __init__(
        self,
        universe: Universe,
        policies: Iterable[Policy],
        admission: Admission | None = None,
        exempt: Iterable[Pod] = (),
    ) -> None:
        """Index the rules.

        Args:
            universe: pods and addresses; its atoms tell apart every block that the policies name.
            policies: every NetworkPolicy.
            admission: what a mesh admits besides.
            exempt: pods whose own halves are taken as open, whatever selects them.
        """
        self.nodes: tuple[Node, ...] = (*universe.pods, *universe.nets, *universe.names)
        self.bit = {node: 1 << index for index, node in enumerate(self.nodes)}
        self.nets = self.mask(universe.nets)
        self.names = self.mask(universe.names)
        self._hosts = self.mask(one for one in universe.names if not one.entity)
        self.everybody = (1 << len(self.nodes)) - 1
        self.exempt = frozenset(exempt)
        self._universe = universe
        self._admission = admission
        self._peers: dict[tuple[object, str], int] = {}
        self._sets: dict[int, tuple[object, int]] = {}
        self._ingress: dict[Pod, dict[tuple[Rule, str], None]] = {}
        # A host that is known by its name alone asks nobody.
        self.unheld, self.open = self.everybody & ~self._hosts, self.everybody & ~self.names
        self._denied: list[tuple[int, Rule, int]] = []
        self._denied_at: dict[Pod, list[tuple[Rule, str]]] = defaultdict(list)
        self._asking: dict[str, int] = defaultdict(int)
        self._wide: list[tuple[int, Rule, int]] = []
        self._named: dict[int, list[tuple[Rule, int]]] = defaultdict(list)
        for (rule, space), who in self._senders(policies).items():
            self._note(self._behind(rule, space), rule, who)

    def _note(self, whom: int, rule: Rule, who: int) -> None:
        """Keep an egress rule by those whom it names."""
        if whom.bit_count() > _FEW:
            self._wide.append((whom, rule, who))
            return
        for index in bits(whom):
            self._named[index].append((rule, who))

    def _senders(self, policies: Iterable[Policy]) -> dict[tuple[Rule, str], int]:
        """Note what selects each pod; return whom each egress rule lets out, equal rules of a namespace as one."""
        senders: dict[tuple[Rule, str], int] = defaultdict(int)
        for policy in policies:
            space = policy.namespace
            for pod in self._universe.inside(space, policy.pods) - self.exempt:
                if policy.ingress is not None:
                    self.open &= ~self.bit[pod]
                    self._ingress.setdefault(pod, {}).update(dict.fromkeys((rule, space) for rule in policy.ingress))
                if policy.egress is not None:
                    self.unheld &= ~self.bit[pod]
                    for rule in policy.egress:
                        senders[rule, space] |= self.bit[pod]
                        for name in rule.asked or ():
                            self._asking[name] |= self.bit[pod]
                self._denied_at[pod] += [(rule, space) for rule in policy.ingress_denied]
                self._denied += [(self._behind(rule, space), rule, self.bit[pod]) for rule in policy.egress_denied]
        return senders

    def mask(self, nodes: Iterable[Node]) -> int:
        """Return some nodes as one number."""
        made = 0
        for node in nodes:
            made |= self.bit[node]
        return made

    def listed(self, mask: int) -> list[Node]:
        """Return the nodes of a number."""
        return [self.nodes[index] for index in bits(mask)]

    def row(self, target: Node) -> Row:
        """Return who reaches a target (itself, too: the pods of a workload are several), on which ports."""
        own = self.direct(target)
        if self._admission is None or not isinstance(target, Pod):
            return own
        passed = [part for proxy in self._admission.relays.of(target) for part in self._relayed(target, proxy, own)]
        return _partition([*((who, set(ports)) for who, ports in own), *passed]) if passed else own

    def _relayed(self, target: Pod, proxy: Pod, own: Row) -> Iterator[tuple[int, set[PortRange]]]:
        """Yield who reaches a target through a proxy: who gets to that, and is let through to what it may open."""
        admission = self._admission
        onward = {one for who, ports in own if who & self.bit[proxy] for one in ports}
        if admission is None or not onward:
            return
        blocks = [who & ~self.bit[proxy] for who, ports in self.direct(proxy) if intersect(ports, [TUNNEL])]
        for block in self._apart(blocks, admission.relays.apart(proxy, target)):
            one = self.nodes[(block & -block).bit_length() - 1]
            if ports := admission.relayed(one, proxy, target, onward):
                yield block, ports

    def direct(self, target: Node) -> Row:
        """Return who reaches a target by itself, through no proxy."""
        parts = self._let_out(target)
        if isinstance(target, Pod):
            if target in self._ingress:
                let_in = [(self._behind(rule, space), ports_of(rule, target)) for rule, space in self._ingress[target]]
                parts = _both(parts, let_in)
            for rule, space in self._denied_at.get(target, ()):
                parts = _but(parts, self._behind(rule, space), ports_of(rule, target))
            if target.account and self._admission is not None and target not in self.exempt:
                parts = list(self._through(target, self._admission, _partition(parts)))
        return _partition([(who & ~self._hosts, ports) for who, ports in parts])

    def _let_out(self, target: Node) -> _Parts:
        """Return who may open what to a target as far as their own ends go; what is no pod asks pods alone."""
        index = self.bit[target].bit_length() - 1
        free = self.unheld if isinstance(target, Pod) else self.unheld & ~self.nets & ~self.names
        parts: _Parts = [
            *((who, ports_of(rule, target)) for rule, who in self._named.get(index, ())),
            *((who, ports_of(rule, target)) for whom, rule, who in self._wide if whom >> index & 1),
        ]
        if isinstance(target, Name) and not target.entity:
            asking = 0
            for pattern, who in self._asking.items():
                asking |= who if fits(target.name, pattern) else 0
            parts = [(who & asking, ports) for who, ports in parts]
        parts.append((free, {ALL_PORTS}))
        for whom, rule, who in self._denied:
            if whom >> index & 1:
                parts = _but(parts, who, ports_of(rule, target))
        return parts

    def _behind(self, rule: Rule, space: str) -> int:
        if rule.peers is None:
            return self.everybody
        made = 0
        for peer in rule.peers:
            key = (peer, "" if peer.namespaces is not None or peer.cidr or peer.name else space)
            if key not in self._peers:
                self._peers[key] = self.mask(self._universe.behind(peer, space))
            made |= self._peers[key]
        return made

    def _through(self, target: Pod, admission: Admission, row: Row) -> Iterator[tuple[int, set[PortRange]]]:
        """Yield those whom the mesh does not tell apart at a target, and what is open to them of what policies open."""
        for block in self._apart([self.everybody], admission.apart(target)):
            one = self.nodes[(block & -block).bit_length() - 1]
            for who, ports in row:
                if both := block & who:
                    yield both, admission.through(one, target, set(ports))

    def _apart(self, blocks: list[int], several: Iterable[frozenset[Node]]) -> list[int]:
        """Cut blocks of nodes by some sets, and by who shows no certificate."""
        made = [block for block in blocks if block]
        for apart in (self._plaintext(), *(self._set(nodes) for nodes in several)):
            made = [part for block in made for part in (block & apart, block & ~apart) if part]
        return made

    def _plaintext(self) -> int:
        if 0 not in self._sets:
            self._sets[0] = (None, self.mask(node for node in self.nodes if is_plaintext(node)))
        return self._sets[0][1]

    def _set(self, nodes: frozenset[Node]) -> int:
        """Return a set as a number; by the set itself, which is kept: to hash it costs as much as to read it."""
        if id(nodes) not in self._sets:
            self._sets[id(nodes)] = (nodes, self.mask(nodes))
        return self._sets[id(nodes)][1]


def bits(mask: int) -> Iterator[int]:
    """Yield the places of a number's bits, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _both(ones: _Parts, twos: _Parts) -> _Parts:
    made: dict[PortRange, int] = defaultdict(int)
    for who, ports in ones:
        for whom, others in twos:
            if both := who & whom:
                for one in intersect(ports, others):
                    made[one] |= both
    return [(who, {one}) for one, who in made.items()]


def _but(parts: _Parts, who: int, ports: set[PortRange]) -> _Parts:
    """Return some sources' ports without those that are denied to some."""
    return [
        one
        for mask, own in parts
        for one in ((mask & ~who, own), (mask & who, without(own, ports)))
        if one[0] and one[1]
    ]


def _partition(parts: _Parts) -> Row:
    """Put each source into the one entry of all the ports that it reaches, merged."""
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
    merged: dict[Ports, int] = defaultdict(int)
    for block, own in blocks:
        if own:
            merged[tuple(merge(own))] |= block
    return [(who, ports) for ports, who in sorted(merged.items())]
