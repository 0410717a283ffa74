"""What people call nodes, and sets of them: many at once where a set is all of a namespace, or everybody.

May import: model, rows, reach, networks.
"""

from __future__ import annotations

from collections import defaultdict
from ipaddress import ip_address, summarize_address_range
from typing import TYPE_CHECKING

from scaffold.graph.model import GraphNode
from scaffold.networks import INTERNET, MAPPED, NEVER_OPENED, PRIVATE
from scaffold.reach.intent import ELSEWHERE, STRANGER
from scaffold.reach.model import Name, Net, Pod

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.graph.rows import Rows
    from scaffold.reach.model import Labels
    from scaffold.reach.universe import Universe

ANYTHING = GraphNode("", "anything", "anything", "*")
"""Every pod that no policy holds back at its own end, and every address; where it is reached, those not given."""
ANY_POD = GraphNode("", "any pod", "anyPod", "*/*")
ANY_OTHER_POD = GraphNode("", "any other pod anywhere", "anyPod", "*/*other")
ADDRESSES = GraphNode("", "any address", "network", "any address")

_INTERNETS = ("internet", "IPv4 internet", "IPv6 internet")
_SEVERAL = 3  # workloads of a namespace, before they are named together
_MOST_EXCEPTIONS = 3  # of a network, before they are counted only


def workloads_of(namespace: str) -> GraphNode:
    """Return all workloads of a namespace that were given, as one node."""
    return GraphNode(namespace, "every workload", "workloads", f"{namespace}/*workloads")


def called_by_name(name: Name) -> GraphNode:
    """Return the node of a host, or of an entity, which has no host's name."""
    return GraphNode("", name.name, "entity" if name.entity else "host", f"{'*/' if name.entity else ''}{name.name}")


class Names:
    """The names of the nodes of some rows."""

    def __init__(
        self, rows: Rows, universe: Universe, kinds: Mapping[Pod, str], nets: Iterable[tuple[str, tuple[str, ...]]]
    ) -> None:
        """Name nodes.

        Args:
            rows: whose nodes they are.
            universe: which addresses a network holds.
            kinds: the workloads, each with what tells it from another of its name.
            nets: networks by which addresses are called, with their exceptions.
        """
        self._rows = rows
        self.bit = rows.bit
        self.node = _unique(rows, kinds)
        self.workloads = rows.mask(kinds)
        self._spaces: dict[str, int] = defaultdict(int)
        self._strangers = 0
        for pod in universe.pods:
            self._spaces[pod.namespace] |= rows.bit[pod]
            if pod not in kinds and pod.name == STRANGER:
                self._strangers |= rows.bit[pod]
        self._pods = rows.everybody & ~rows.nets & ~rows.names
        self._nets = [
            (rows.mask(universe.nets_in(cidr, excepted)), _network(cidr, excepted))
            for cidr, excepted in sorted(set(nets))
        ]
        self._nets += list(self._internet(universe))
        self._nets.sort(key=lambda one: (-one[0].bit_count(), one[1].id not in _INTERNETS, one[1]))

    def _internet(self, universe: Universe) -> Iterator[tuple[int, GraphNode]]:
        """Yield all public addresses, of one version or of both, with those that no packet carries or without."""
        shut = {net for one in (*NEVER_OPENED, *PRIVATE) for net in universe.nets_in(str(one), ())}
        public = [self._rows.mask(set(universe.nets_in(cidr, ())) - shut) for cidr in INTERNET]
        mapped = self._rows.mask(universe.nets_in(str(MAPPED), ()))
        for name, mask in zip(_INTERNETS, (public[0] | public[1], *public), strict=True):
            node = GraphNode("", name, "network", name)
            yield mask | mapped, node
            yield mask, node

    def called(self, mask: int, itself: int = 0) -> list[GraphNode]:
        """Return what a set of sources is called.

        Args:
            mask: the set.
            itself: the target, which does not matter for whether the set is everybody.
        """
        unheld, nets = self._unheld, self._rows.nets
        if mask & nets == nets and unheld & self._pods and not unheld & ~(mask | itself):
            return [ANYTHING, *self._named(mask & ~self._unheld & self._pods)]
        others = [*self.networks(mask & self._rows.nets), *self.hosts(mask & self._rows.names)]
        return [*self._pods_called(mask & self._pods, itself), *others]

    def reached(self, mask: int) -> list[GraphNode]:
        """Return what a set of targets is called that were not given: other pods, and addresses."""
        outside = self._rows.open & ~self.workloads
        hosts = self.hosts(mask & self._rows.names)
        if outside & self._pods and not outside & ~mask and mask & self._rows.nets == self._rows.nets:
            return [ANYTHING, *self._others_called(mask & ~outside & self._pods), *hosts]
        return [*self._others_called(mask & self._pods), *self.networks(mask & self._rows.nets), *hosts]

    def hosts(self, mask: int) -> list[GraphNode]:
        """Return what is known by its name alone."""
        return [called_by_name(node) for node in self._rows.listed(mask) if isinstance(node, Name)]

    @property
    def _unheld(self) -> int:
        return self._rows.unheld

    def _pods_called(self, mask: int, itself: int) -> list[GraphNode]:
        unheld = self._unheld & self._pods
        if mask and unheld and not unheld & ~(mask | itself):
            return [ANY_POD, *self._named(mask & ~unheld)]
        return self._others_called(mask)

    def _others_called(self, mask: int) -> list[GraphNode]:
        found: list[GraphNode] = []
        if self._strangers and not self._strangers & ~mask and self._strangers.bit_count() > 1:
            found.append(ANY_OTHER_POD)
            mask &= ~self._strangers
        return [*found, *self._named(mask)]

    def _named(self, mask: int) -> list[GraphNode]:
        """Return the names of pods, those of a namespace together where they are all of its workloads."""
        found: list[GraphNode] = []
        for space, inside in self._spaces.items():
            own = inside & self.workloads
            if own.bit_count() >= _SEVERAL and not own & ~mask:
                found.append(workloads_of(space))
                mask &= ~own
        rest = (self.node[node] for node in self._rows.listed(mask) if isinstance(node, Pod))
        return [*found, *dict.fromkeys(rest)]

    def networks(self, mask: int) -> list[GraphNode]:
        """Return the names of addresses: the largest networks that somebody named, and what is left by its ends."""
        if mask and mask == self._rows.nets:
            return [ADDRESSES]
        found, left = self._largest(mask)
        if left:
            missing, unnamed = self._largest(self._rows.nets & ~mask)
            if not unnamed:
                return [_network(ADDRESSES.name, tuple(node.id for node in missing))]
        return [*found, *self._by_ends(left)]

    def _largest(self, mask: int) -> tuple[list[GraphNode], int]:
        """Return the largest networks inside a set of addresses that somebody named, and what is left of it."""
        found: dict[GraphNode, None] = {}
        left = mask
        for own, node in self._nets:
            if own and not own & ~mask and own & left:
                found[node] = None
                left &= ~own
        return [*found], left

    def _by_ends(self, mask: int) -> Iterator[GraphNode]:
        for net in self._rows.listed(mask):
            assert isinstance(net, Net)  # noqa: S101  of addresses
            first = ip_address(net.sample)
            following = [
                ip_address(one.sample)
                for one in self._rows.nodes
                if isinstance(one, Net) and ip_address(one.sample).version == first.version
            ]
            after = min((int(one) for one in following if int(one) > int(first)), default=1 << first.max_prefixlen)
            for block in summarize_address_range(first, type(first)(after - 1)):
                yield GraphNode("", str(block), "network", str(block))


def _network(cidr: str, excepted: tuple[str, ...]) -> GraphNode:
    if not excepted:
        name = f"any IPv{'6' if ':' in cidr else '4'} address" if cidr in INTERNET else cidr
        return GraphNode("", name, "network", cidr)
    listed = ", ".join(excepted)
    few = listed if len(excepted) <= _MOST_EXCEPTIONS else f"{len(excepted)} networks"
    return GraphNode("", f"{cidr} except {few}", "network", f"{cidr} except {listed}")


def _unique(rows: Rows, kinds: Mapping[Pod, str]) -> dict[Pod, GraphNode]:
    """Return the node of each pod; two workloads of one name are told apart by their kinds, or counted."""
    made: dict[Pod, GraphNode] = {}
    others: dict[tuple[str, str, Labels], GraphNode] = {}
    taken = {"*", "*/*", "*/*other", "any address", *_INTERNETS} | {f"{pod.namespace}/*workloads" for pod in kinds}
    pods = [pod for pod in rows.nodes if isinstance(pod, Pod)]
    often: dict[tuple[str, str], int] = defaultdict(int)
    for pod in kinds:
        often[pod.namespace, pod.name] += 1
    for pod in pods:
        node = _given(pod, kinds, often) if pod in kinds else _other(pod)
        alike = (pod.namespace, pod.name, pod.labels)
        if pod not in kinds and alike in others:
            made[pod] = others[alike]  # whatever the mesh knows them as
            continue
        number, id_ = 1, node.id
        while id_ in taken:
            number += 1
            id_ = f"{node.id} #{number}"
        taken.add(id_)
        name = node.name if id_ == node.id else f"{node.name} #{number}"
        made[pod] = GraphNode(node.namespace, name, node.kind, id_)
        if pod not in kinds:
            others[alike] = made[pod]
    return made


def _given(pod: Pod, kinds: Mapping[Pod, str], often: Mapping[tuple[str, str], int]) -> GraphNode:
    name = f"{pod.name} ({kinds[pod]})" if often[pod.namespace, pod.name] > 1 else pod.name
    return GraphNode(pod.namespace, name, "workload", f"{pod.namespace}/{name}")


def _other(pod: Pod) -> GraphNode:
    """Return what pods are called that nobody gave: by what a rule says of them, or as strangers."""
    anywhere = pod.namespace.startswith(ELSEWHERE)
    space = pod.namespace.removeprefix(ELSEWHERE).strip()
    where = (f" in any namespace with {space}" if space else " anywhere else") if anywhere else ""
    namespace, id_ = "" if anywhere else pod.namespace, f"{pod.namespace}/{pod.name}"
    if not pod.name.startswith(STRANGER):
        return GraphNode(namespace, f"pods {pod.name}{where}" if anywhere else pod.name, "pods", id_)
    if anywhere and pod.labels:
        labels = ",".join(f"{key}={value}" for key, value in pod.labels)
        return GraphNode(namespace, f"pods {labels}{where}", "pods", f"{pod.namespace}/{labels}")
    likeness = "" if anywhere else pod.name.removeprefix(STRANGER)
    name = f"any pod{likeness}{where}" if anywhere or likeness else "any other pod"
    return GraphNode(namespace, name, "anyPod", f"{pod.namespace}/*other{likeness}")
