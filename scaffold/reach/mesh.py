"""What an Istio mesh in sidecar mode admits, as the second layer above NetworkPolicy.

Whether a port may be opened at all: what is allowed for some requests only is open here (`grants` tells the rest).
What cannot be judged counts as open where it allows, and as void where it denies.

May import: authorization, callers, grants, peer_authentication, evaluate, universe, manifests, model, networks.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from scaffold.networks import INTERNET
from scaffold.reach import authorization, peer_authentication, services
from scaffold.reach.authorization import ALL_TCP, without
from scaffold.reach.callers import Callers, is_plaintext
from scaffold.reach.evaluate import intersect, merge
from scaffold.reach.grants import Grants, view
from scaffold.reach.model import ALL_PORTS, Node, Peer, Pod, PortRange
from scaffold.reach.peer_authentication import DISABLE, STRICT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.authorization import AuthorizationPolicy, Matches
    from scaffold.reach.peer_authentication import PeerAuthentication
    from scaffold.reach.services import ServicePort
    from scaffold.reach.universe import Universe

# A sidecar captures TCP only.
_NOT_TCP: tuple[PortRange, ...] = (("SCTP", 0, 65535), ("UDP", 0, 65535))

# Ports that the redirection into the proxy leaves out: Istio's tunnel, the agent's merged metrics, the proxy's health
# and its own metrics. No policy of the mesh holds there; NetworkPolicy does.
_PROXY: tuple[PortRange, ...] = tuple(("TCP", port, port) for port in (15008, 15020, 15021, 15090))


@dataclass(frozen=True, slots=True)
class Mesh:
    """The policies of a mesh, as they are written."""

    policies: tuple[AuthorizationPolicy, ...]
    authentications: tuple[PeerAuthentication, ...]
    services: tuple[ServicePort, ...]
    trust_domain: str = "cluster.local"
    root: str = "istio-system"
    pod_networks: tuple[str, ...] = INTERNET

    @property
    def blocks(self) -> set[str]:
        """The networks that policies name, which a universe has to tell apart."""
        return authorization.blocks(self.policies)


def read_mesh(
    manifests: Iterable[dict[str, Any]],
    trust_domain: str = "cluster.local",
    root: str = "istio-system",
    pod_networks: Iterable[str] = INTERNET,
) -> Mesh:
    """Read a mesh.

    Args:
        manifests: every parsed object that is applied.
        trust_domain: the mesh's.
        root: the namespace whose policies hold in all namespaces.
        pod_networks: where the addresses of pods and nodes lie, if that is known: a block outside means no pod.
    """
    objects = list(manifests)
    return Mesh(
        tuple(authorization.policies(objects)),
        tuple(peer_authentication.policies(objects)),
        tuple(services.ports(objects)),
        trust_domain,
        root,
        tuple(pod_networks),
    )


_Meant: TypeAlias = list[tuple[frozenset[Node] | None, list[PortRange]]]
"""Who (None: everybody) is meant on which ports."""


class _Stage(NamedTuple):
    """What holds on the ports of one mutual TLS mode."""

    mode: str
    ports: list[PortRange]
    allowed: _Meant
    denied: _Meant


@dataclass(slots=True)
class _Applied:
    """What applies to one pod."""

    policies: list[AuthorizationPolicy] = field(default_factory=list)
    authentications: list[PeerAuthentication] = field(default_factory=list)
    opaque: list[PortRange] = field(default_factory=list)


class Admission:
    """A mesh over a universe: the layer that `Evaluation` asks."""

    def __init__(self, universe: Universe, mesh: Mesh) -> None:
        """Find what applies to each pod that is in the mesh.

        Args:
            universe: pods and addresses; its atoms tell apart every block that the policies name (`Mesh.blocks`).
            mesh: its policies.
        """
        self._universe = universe
        self._mesh = mesh
        self._callers = Callers(universe, mesh.trust_domain, mesh.pod_networks)
        self._wide: dict[str, list[PeerAuthentication]] = defaultdict(list)
        self._applied: dict[Pod, _Applied] = defaultdict(_Applied)
        self._stages: dict[Pod, list[_Stage]] = {}
        for policy in mesh.policies:
            for pod in self._selected(policy):
                self._applied[pod].policies.append(policy)
        for authentication in mesh.authentications:
            if not authentication.pods:
                self._wide[authentication.namespace].append(authentication)
            elif authentication.namespace != mesh.root:  # istiod ignores one with a selector in the root namespace
                for pod in universe.inside(authentication.namespace, authentication.pods):
                    self._applied[pod].authentications.append(authentication)
        for pod, opaque in services.opaque(mesh.services, universe).items():
            self._applied[pod].opaque = opaque

    def _selected(self, policy: AuthorizationPolicy) -> Iterable[Pod]:
        if policy.namespace != self._mesh.root:
            return self._universe.inside(policy.namespace, policy.pods)
        nodes = self._universe.behind(Peer(namespaces=(), pods=policy.pods), policy.namespace)
        return [node for node in nodes if isinstance(node, Pod)]

    def admitted(self, source: Node, target: Pod) -> list[PortRange]:
        """Return the ports of a pod that a node may open, merged; all of them where the pod is not in the mesh."""
        if not target.account:
            return [ALL_PORTS]
        found: list[PortRange] = [*_PROXY, *target.uncaptured]
        for stage in self._staged(target):
            if stage.mode == STRICT and is_plaintext(source):
                continue
            allowed = [one for nodes, ports in stage.allowed if nodes is None or source in nodes for one in ports]
            denied = [one for nodes, ports in stage.denied if nodes is None or source in nodes for one in ports]
            found += without(intersect(stage.ports, merge(allowed)), denied)
        tcp = merge(found)
        return [ALL_PORTS] if tcp == [ALL_TCP] else [*tcp, *_NOT_TCP]

    def admits(self, target: Pod) -> dict[Node, set[PortRange]]:
        """Return the ports of a pod that each node of the universe may open."""
        nodes: tuple[Node, ...] = (*self._universe.pods, *self._universe.nets)
        return {node: set(self.admitted(node, target)) for node in nodes}

    def plaintext(self, target: Pod) -> list[PortRange]:
        """Return the ports of a pod that can be opened without a client certificate, whoever is allowed to then."""
        if not target.account:
            return [ALL_PORTS]
        open_ = [one for stage in self._staged(target) if stage.mode != STRICT for one in stage.ports]
        return merge([*open_, *_PROXY, *target.uncaptured])

    def grants(self, target: Pod) -> Grants:
        """Return what the policies at a pod in the mesh allow and deny, down to methods and paths, to be compared."""
        applied = self._applied.get(target, _Applied())
        return view(applied.policies, applied.opaque, self._mesh.trust_domain)

    def _staged(self, target: Pod) -> list[_Stage]:
        if target not in self._stages:
            applied, root = self._applied.get(target, _Applied()), self._mesh.root
            wider = [self._wide.get(space, []) for space in dict.fromkeys((target.namespace, root))]
            workload = applied.authentications
            self._stages[target] = [
                self._stage(mode, ports, applied) for mode, ports in peer_authentication.modes(workload, wider).items()
            ]
        return self._stages[target]

    def _stage(self, mode: str, ports: list[PortRange], applied: _Applied) -> _Stage:
        allowed: _Meant = []
        denied: _Meant = []
        for policy in applied.policies:
            if policy.action not in {"ALLOW", "DENY"}:
                continue
            allows = policy.action == "ALLOW"
            for rule, where in policy.at(applied.opaque):
                named = intersect(where, _opened(rule.operations)) if allows else _shut(rule, where)
                if not named:
                    continue
                for source in rule.sources:
                    nodes = self._callers.meant(source, identified=mode != DISABLE, certain=not allows)
                    (allowed if allows else denied).append((nodes, sorted(named)))
        if not any(policy.action == "ALLOW" for policy in applied.policies):
            allowed.append((None, [ALL_TCP]))
        return _Stage(mode, ports, allowed, denied)


def _opened(operations: Iterable[Matches]) -> list[PortRange]:
    """Return the ports that may be meant by any of some operations."""
    found: list[PortRange] = []
    for operation in operations:
        ports = authorization.ports(operation)
        found += [ALL_TCP] if ports is None else ports
    return merge(found)


def _shut(rule: authorization.Permission, where: list[PortRange]) -> set[PortRange]:
    """Return the ports on which a rule means every request for certain."""
    if rule.when:
        return set()
    whole = [op for op in rule.operations if all(match.field == "ports" for match in op)]
    found = [one for operation in whole for one in authorization.ports(operation) or ()]
    return intersect(where, merge(found))
