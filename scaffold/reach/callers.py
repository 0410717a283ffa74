"""Who is meant by the source of an AuthorizationPolicy, among the pods and addresses of a universe.

A pod in the mesh shows `TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT`; a pod outside it, or an address, shows nothing. Each
answer is two sets: who is meant for certain, and who may be. They differ by what policies do not tell: the addresses
of pods, what stands in a request, and fields that are not known here.

May import: authorization, universe, model, networks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from ipaddress import ip_network
from typing import TYPE_CHECKING, TypeAlias

from scaffold.networks import INTERNET, within
from scaffold.reach.model import Node, Pod

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.authorization import Match, Matches
    from scaffold.reach.universe import Universe

_Nodes: TypeAlias = frozenset[Node]

_NOBODY: _Nodes = frozenset()
OWN = "cluster.local"
_PARTS = 5

# Istio pastes values into regular expressions as they are. What goes beyond names and dots is left unjudged.
_PLAIN = re.compile(r"[A-Za-z0-9_/-]+")
_NAMES = re.compile(r"[A-Za-z0-9_./-]*")


def local(principal: str, trust_domain: str) -> str:
    """Return a principal of a policy as istiod reads it: `cluster.local` points to the mesh's own trust domain."""
    parts = principal.split("/")
    if len(parts) == _PARTS and parts[0] == OWN:
        return "/".join((trust_domain, *parts[1:]))
    return principal


class Callers:
    """The nodes of a universe by what they show to a sidecar."""

    def __init__(
        self, universe: Universe, trust_domain: str, pod_networks: Iterable[str] = INTERNET, *, aliased: bool = True
    ) -> None:
        """Index a universe.

        Args:
            universe: its atoms tell apart every block that the policies name.
            trust_domain: the mesh's.
            pod_networks: where the pods' addresses (and their nodes') lie; a block outside means no pod.
            aliased: whether `cluster.local` points to it, as it does for Envoy; istiod hands ztunnel what is written.
        """
        self._aliased = aliased
        self._universe = universe
        self._trust_domain = trust_domain
        self._pod_networks = [ip_network(text) for text in pod_networks]
        self._everybody: _Nodes = frozenset((*universe.pods, *universe.nets, *universe.names))
        self._pods: _Nodes = frozenset(universe.pods)
        self._identified: _Nodes = frozenset(pod for pod in universe.pods if pod.account)
        self._by: dict[tuple[str, str], set[Node]] = defaultdict(set)
        self._principals: set[str] = set()
        for pod in universe.pods:
            if pod.account:
                principal = f"{trust_domain}/ns/{pod.namespace}/sa/{pod.account}"
                self._principals.add(principal)
                self._by["principals", principal].add(pod)
                self._by["namespaces", pod.namespace].add(pod)
                self._by["serviceAccounts", f"{pod.namespace}/{pod.account}"].add(pod)
        self._known: dict[tuple[Match, bool], tuple[_Nodes, _Nodes]] = {}

    def meant(self, source: Matches, *, identified: bool, certain: bool) -> _Nodes | None:
        """Return who matches a source; None for everybody.

        Args:
            source: its fields, all of which have to hold.
            identified: whether the target's sidecar learns who calls (it does not where mutual TLS is switched off).
            certain: only those who match for certain, else all who may.
        """
        found: _Nodes | None = None
        for match in source:
            part = self._bounds(match, identified=identified)[0 if certain else 1]
            found = part if found is None else found & part
        if found is not None and not certain and self._hold_no_pod(source):
            return found - self._pods
        return found

    def _bounds(self, match: Match, *, identified: bool) -> tuple[_Nodes, _Nodes]:
        key = (match, identified)
        if key not in self._known:
            parts = [self._value(match.field, value, identified=identified) for value in match.values]
            low, high = (_NOBODY.union(*several) for several in zip(*parts, strict=True))
            if match.field == "ipBlocks" and self._hold_every_pod(match.values):
                low |= self._pods
            if match.negated:
                low, high = self._everybody - high, self._everybody - low
            self._known[key] = low, high
        return self._known[key]

    def _value(self, field: str, value: str, *, identified: bool) -> tuple[_Nodes, _Nodes]:
        """Return who is meant by one value of a field: for certain, and perhaps."""
        if field == "ipBlocks":
            return self._block(value)
        if field not in {"principals", "namespaces", "serviceAccounts"}:
            return _NOBODY, self._everybody
        if not identified:
            return _NOBODY, _NOBODY
        name = local(value, self._trust_domain) if field == "principals" and self._aliased else value
        if _is_exact(field, name):
            nodes = frozenset(self._by.get((field, name), ()))
            return nodes, nodes
        pattern = _pattern(field, name)
        if pattern is None:
            return _NOBODY, self._identified
        nodes = _NOBODY.union(*(self._by["principals", one] for one in self._principals if pattern.fullmatch(one)))
        return nodes, nodes

    def _hold_every_pod(self, blocks: Iterable[str]) -> bool:
        """Tell whether each network of pods lies in one of some blocks: then each pod's address does, too."""
        try:
            known = [ip_network(text, strict=False) for text in blocks]
        except ValueError:
            return False
        return all(any(within(one, block) for block in known) for one in self._pod_networks)

    def _hold_no_pod(self, source: Matches) -> bool:
        """Tell whether the blocks of a source, less those that it excepts, hold no address of a pod.

        By themselves both may mean some pods: where one network of pods is excepted, and another lies elsewhere.
        """
        try:
            named, excepted = (
                [ip_network(text, strict=False) for one in source if one.field == "ipBlocks" and one.negated == negated
                 for text in one.values]
                for negated in (False, True)
            )  # fmt: skip
        except ValueError:
            return False
        return bool(named) and all(
            any(within(inner, one) for one in excepted)
            for block in named
            for network in self._pod_networks
            if block.version == network.version and block.overlaps(network)
            for inner in (block if block.prefixlen > network.prefixlen else network,)
        )

    def _block(self, value: str) -> tuple[_Nodes, _Nodes]:
        try:
            block = ip_network(value, strict=False)
        except ValueError:
            return _NOBODY, self._everybody
        nets: _Nodes = frozenset(self._universe.nets_in(value, ()))
        perhaps = any(block.version == one.version and block.overlaps(one) for one in self._pod_networks)
        return nets, nets | self._pods if perhaps else nets


def _is_exact(field: str, value: str) -> bool:
    if field == "principals":
        return not value.startswith("*") and not value.endswith("*")
    return bool(_PLAIN.fullmatch(value))


def _pattern(field: str, value: str) -> re.Pattern[str] | None:
    """Return what principals have to match, as `authz/model/generator.go` builds it; None where it is left unjudged."""
    if field == "principals":
        if value == "*":
            return re.compile(".+")
        if not value.startswith("*"):
            return re.compile(re.escape(value[:-1]) + ".*")
        return re.compile(".*" + value[1:]) if _NAMES.fullmatch(value[1:]) else None
    if field == "namespaces":
        return re.compile(f".*/ns/{value.replace('*', '.*')}/.*") if _NAMES.fullmatch(value.replace("*", "")) else None
    space, _, account = value.partition("/")
    return re.compile(f".+/ns/{space}/(.+/|)sa/{account}(/.+)?") if _NAMES.fullmatch(value) else None


def is_plaintext(node: Node) -> bool:
    """Tell whether a node calls without a client certificate."""
    return not isinstance(node, Pod) or not node.account
