"""Which sources reach each target, exactly, without looking at pairs: sets of nodes are the bits of one number.

Every egress rule, and every ingress rule, is a set of peers on some ports. What reaches a target is what those whom its
ingress lets in are let out to by the egress rules that name it.

May import: reach.
"""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from scaffold.reach.ambient import TUNNEL
from scaffold.reach.callers import is_plaintext
from scaffold.reach.model import ALL_PORTS, Name, Node, Pod, PortRange, Rule
from scaffold.reach.ranges import intersect, ports_of
from scaffold.reach.tiers import EVERYBODY, Ordered, Stage, bits, decide, partition
from scaffold.reach.universe import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.mesh import Admission
    from scaffold.reach.model import Policy, Tier
    from scaffold.reach.tiers import Parts, Row
    from scaffold.reach.universe import Universe

_Sent: TypeAlias = tuple[int, int, Rule, int]
"""An egress rule: when it is asked, in which tier, and of whom."""

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
            policies: every policy.
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
        # A host that is known by its name alone asks nobody.
        self.unheld, self.open = self.everybody & ~self._hosts, self.everybody & ~self.names
        self.ordered = Ordered(universe, policies, exempt)
        self._tiers: list[tuple[Tier, int]] = []
        self._asking: dict[str, int] = defaultdict(int)
        self._wide: list[tuple[int, _Sent]] = []
        self._named: dict[int, list[_Sent]] = defaultdict(list)
        for number, ((tier, _, rule, space), who) in enumerate(self._senders().items()):
            self._note(self._behind(rule, space), (number, tier, rule, who))

    def _note(self, whom: int, sent: _Sent) -> None:
        """Keep an egress rule by those whom it names."""
        if whom.bit_count() > _FEW:
            self._wide.append((whom, sent))
            return
        for index in bits(whom):
            self._named[index].append(sent)

    def _senders(self) -> dict[tuple[int, int, Rule, str], int]:
        """Note whom policies hold; return whom each egress rule lets out or not, in the order in which they are asked.

        Rules of one tier that do the same, with none between them that does something else, are known by the number of
        their run: equal ones of a namespace are one.
        """
        senders: dict[tuple[int, int, Rule, str], int] = defaultdict(int)
        run, action = 0, ""
        for policy, pods in self.ordered.held:
            who = self.mask(pods)
            if policy.ingress is not None:
                self.open &= ~who
            if policy.egress is None:
                continue
            self.unheld &= ~who
            if not self._tiers or self._tiers[-1][0] != policy.tier:
                self._tiers.append((policy.tier, 0))
            self._tiers[-1] = (policy.tier, self._tiers[-1][1] | who)
            for rule in policy.egress:
                run, action = run + (rule.action != action), rule.action
                senders[len(self._tiers) - 1, run, rule, policy.namespace] |= who
                for name in rule.asked or ():
                    self._asking[name] |= who
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
        return partition([*((who, set(ports)) for who, ports in own), *passed]) if passed else own

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
            stages = [
                Stage(
                    tier,
                    EVERYBODY,
                    [
                        (rule.action, self._behind(rule, policy.namespace), ports_of(rule, target))
                        for policy, _, rule in entries
                    ],
                )
                for tier, entries in self.ordered.asked(target, "ingress")
            ]
            parts = decide(parts, stages) if stages else parts
            if target.account and self._admission is not None and target not in self.exempt:
                parts = list(self._through(target, self._admission, partition(parts)))
        return partition([(who & ~self._hosts, ports) for who, ports in parts])

    def _let_out(self, target: Node) -> Parts:
        """Return who may open what to a target as far as their own ends go; what is no pod asks pods alone."""
        bit = self.bit[target]
        free = self.everybody & ~self._hosts
        if not isinstance(target, Pod):
            free &= ~self.nets & ~self.names
        learned = EVERYBODY
        if isinstance(target, Name) and not target.entity:
            learned = 0
            for pattern, who in self._asking.items():
                learned |= who if fits(target.name, pattern) else 0
        found = [*self._named.get(bit.bit_length() - 1, ()), *(sent for whom, sent in self._wide if whom & bit)]
        stages = [Stage(tier, held, []) for tier, held in self._tiers]
        for _, tier, rule, who in sorted(found, key=itemgetter(0)):
            own = who & learned if rule.action == "allow" else who
            stages[tier].matches.append((rule.action, own, ports_of(rule, target)))
        return decide([(free, {ALL_PORTS})], stages)

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
