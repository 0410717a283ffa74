"""What an Istio mesh in sidecar mode admits, as the second layer above NetworkPolicy.

May import: authorization, callers, gate, grants, peer_authentication, services, universe, model, networks, value.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.networks import INTERNET
from scaffold.reach import authorization, peer_authentication, services
from scaffold.reach.authorization import AuthorizationPolicy
from scaffold.reach.callers import Callers
from scaffold.reach.gate import Gate
from scaffold.reach.grants import Grants, view
from scaffold.reach.model import ALL_PORTS, Node, Peer, Pod, PortRange
from scaffold.reach.peer_authentication import PeerAuthentication
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.services import ServicePort
    from scaffold.reach.universe import Universe

# Ports that the redirection into the proxy leaves out: Istio's tunnel, the agent's merged metrics, the proxy's health
# and its own metrics. No policy of the mesh holds there; NetworkPolicy does.
_PROXY: tuple[PortRange, ...] = tuple(("TCP", port, port) for port in (15008, 15020, 15021, 15090))


class Mesh(Value, frozen=True):
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


class _Applied(Struct):
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
        self._gates: dict[Pod, Gate] = {}
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
        return self.gate(target).admitted(source) if target.account else [ALL_PORTS]

    def admits(self, target: Pod) -> dict[Node, set[PortRange]]:
        """Return the ports of a pod that each node of the universe may open."""
        nodes: tuple[Node, ...] = (*self._universe.pods, *self._universe.nets)
        return {node: set(self.admitted(node, target)) for node in nodes}

    def plaintext(self, target: Pod) -> list[PortRange]:
        """Return the ports of a pod that can be opened without a client certificate, whoever is allowed to then."""
        return self.gate(target).plaintext() if target.account else [ALL_PORTS]

    def grants(self, target: Pod) -> Grants:
        """Return what the policies at a pod in the mesh allow and deny, down to methods and paths, to be compared."""
        applied = self._applied.get(target, _Applied())
        return view(applied.policies, applied.opaque, self._mesh.trust_domain)

    def policies(self, target: Pod) -> list[AuthorizationPolicy]:
        """Return the AuthorizationPolicies that apply to a pod, if it is in the mesh."""
        return self._applied[target].policies if target in self._applied else []

    def authentications(self, target: Pod) -> list[PeerAuthentication]:
        """Return the PeerAuthentications that may hold at a pod, the narrowest first."""
        own = self._applied[target].authentications if target in self._applied else []
        return [*own, *(one for level in self._wider(target) for one in level)]

    def gate(self, target: Pod) -> Gate:
        """Return the sidecar of a pod that is in the mesh."""
        if target not in self._gates:
            self._gates[target] = self.gate_of(target, self.policies(target))
        return self._gates[target]

    def gate_of(self, target: Pod, policies: Iterable[AuthorizationPolicy]) -> Gate:
        """Return the sidecar of a pod as if only these AuthorizationPolicies applied to it."""
        applied = self._applied.get(target, _Applied())
        modes = peer_authentication.modes(applied.authentications, self._wider(target))
        return Gate(self._callers, policies, applied.opaque, modes, (*_PROXY, *target.uncaptured))

    def _wider(self, target: Pod) -> list[list[PeerAuthentication]]:
        return [self._wide.get(space, []) for space in dict.fromkeys((target.namespace, self._mesh.root))]
