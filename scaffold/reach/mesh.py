"""What a mesh admits, by sidecars or by ztunnel, as the second layer above NetworkPolicy; read from Istio's policies.

May import: ambient, authorization, callers, gate, grants, peer_authentication, relays, services, ztunnel, universe,
model, networks, value.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from scaffold.networks import INTERNET
from scaffold.reach import ambient, authorization, peer_authentication, services, ztunnel
from scaffold.reach.authorization import ALL_TCP, AuthorizationPolicy
from scaffold.reach.callers import Callers, is_plaintext
from scaffold.reach.gate import NOT_TCP, Gate
from scaffold.reach.grants import Grants, view
from scaffold.reach.model import ALL_PORTS, Node, Peer, Pod, PortRange
from scaffold.reach.peer_authentication import DISABLE, STRICT, PeerAuthentication
from scaffold.reach.ranges import intersect, without
from scaffold.reach.relays import Relays
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.services import ServicePort
    from scaffold.reach.universe import Universe

# Ports that the redirection into the proxy leaves out: Istio's tunnel, the agent's merged metrics, the proxy's health
# and its own metrics. No policy of the mesh holds there; NetworkPolicy does.
_OWN = (15008, 15020, 15021, 15090)


class Mesh(Value, frozen=True):
    """The policies of a mesh, as they are written; `tunnels`: some of its pods are captured without a sidecar.

    `tunnel` is where these take what others of the mesh send, `own` are the ports of the mesh's own at each pod. With
    `by_address`, its rules know those without an identity by their addresses alone, and whoever else has these.
    """

    policies: tuple[AuthorizationPolicy, ...]
    authentications: tuple[PeerAuthentication, ...]
    services: tuple[ServicePort, ...]
    trust_domain: str = "cluster.local"
    root: str = "istio-system"
    pod_networks: tuple[str, ...] = INTERNET
    tunnels: bool = False
    tunnel: PortRange = ambient.TUNNEL
    own: tuple[int, ...] = _OWN
    by_address: bool = False

    @property
    def blocks(self) -> set[str]:
        """The networks that policies name, which a universe has to tell apart."""
        return authorization.blocks(self.policies) | (set(ambient.PROBES) if self.tunnels else set())


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
        ambient.is_used(objects),
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
        probing = ambient.PROBES if mesh.tunnels else ()
        self._probing = frozenset(net for text in probing for net in universe.nets_in(text, ()))
        self._callers = Callers(universe, mesh.trust_domain, mesh.pod_networks)
        self._wide: dict[str, list[PeerAuthentication]] = defaultdict(list)
        self._applied: dict[Pod, _Applied] = defaultdict(_Applied)
        self._gates: dict[Pod, Gate] = {}
        self.relays = Relays(universe, mesh, self._callers)
        for policy in mesh.policies:
            for pod in () if policy.targets else self._selected(policy):
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
        if not target.account or (target.tunnelled and source in self._probing):
            return [ALL_PORTS]
        if target.proxy:  # what it is asked for by the tunnel is for others; its own ports are not the mesh's
            return [*sorted(without([ALL_TCP], [ambient.TUNNEL])), *NOT_TCP] if is_plaintext(source) else [ALL_PORTS]
        return self.gate(target).admitted(source)

    def through(self, source: Node, target: Pod, ports: set[PortRange]) -> set[PortRange]:
        """Return the ports of a pod that a node may open, of those that network policies let it open.

        What goes through the tunnel they see on its port alone, whichever port it is for.
        """
        admitted = self.admitted(source, target)
        if not target.tunnelled or is_plaintext(source):
            return intersect(ports, admitted)
        if ALL_PORTS in ports:
            return set(admitted)
        through = intersect(ports, [self._mesh.tunnel])
        carried = without(intersect(admitted, [ALL_TCP]), target.uncaptured) if through else set()
        return carried | intersect(ports, [*NOT_TCP, *target.uncaptured])

    def relayed(self, source: Node, proxy: Pod, target: Pod, onward: Iterable[PortRange]) -> set[PortRange]:
        """Return the ports of a pod that a node may open through a proxy, of those that the proxy may open itself."""
        return set() if is_plaintext(source) else intersect(self.relays.lets(source, proxy, target), onward)

    def seen(self, source: Node, target: Pod, ports: Iterable[PortRange]) -> list[PortRange]:
        """Return the ports on which network policies see what a node sends to some ports of a pod."""
        asked = list(ports)
        if not target.tunnelled or is_plaintext(source) or ALL_PORTS in asked:
            return asked
        rest = [one for one in asked if one[0] != "TCP"]
        return rest if rest == asked else [*rest, self._mesh.tunnel]

    def apart(self, target: Pod) -> list[frozenset[Node]]:
        """Return the callers whom a pod's policies tell apart, besides those who show no certificate."""
        if target.proxy:
            return []
        return [*self.gate(target).named(), *([self._probing] if target.tunnelled else [])]

    def admits(self, target: Pod) -> dict[Node, set[PortRange]]:
        """Return the ports of a pod that each node of the universe may open."""
        nodes: tuple[Node, ...] = (*self._universe.pods, *self._universe.nets, *self._universe.names)
        return {node: set(self.admitted(node, target)) for node in nodes}

    def plaintext(self, target: Pod) -> list[PortRange]:
        """Return the ports of a pod that can be opened without a client certificate, whoever is allowed to then."""
        if target.proxy:
            return []
        return self.gate(target).plaintext() if target.account else [ALL_PORTS]

    def grants(self, target: Pod) -> Grants:
        """Return what the policies at a pod in the mesh allow and deny, down to methods and paths, to be compared."""
        applied = self._applied.get(target, _Applied())
        if target.proxy:
            return view(self.relays.attached(target), [], self._mesh.trust_domain)
        if not target.tunnelled:
            return view(applied.policies, applied.opaque, self._mesh.trust_domain)
        found = view(ztunnel.enforced(applied.policies), [], self._mesh.trust_domain)
        return replace(found, unjudged=(*found.unjudged, *ztunnel.unenforced(applied.policies)))

    def policies(self, target: Pod) -> list[AuthorizationPolicy]:
        """Return the AuthorizationPolicies that apply to a pod in the mesh; at a proxy, to whatever it passes on."""
        if target.proxy:
            return self.relays.attached(target)
        return self._applied[target].policies if target in self._applied else []

    def authentications(self, target: Pod) -> list[PeerAuthentication]:
        """Return the PeerAuthentications that may hold at a pod, the narrowest first."""
        own = self._applied[target].authentications if target in self._applied else []
        return [*own, *(one for level in self._wider(target) for one in level)]

    def gate(self, target: Pod) -> Gate:
        """Return what decides at a pod that is in the mesh."""
        if target not in self._gates:
            self._gates[target] = self.gate_of(target, self.policies(target))
        return self._gates[target]

    def gate_of(self, target: Pod, policies: Iterable[AuthorizationPolicy]) -> Gate:
        """Return what decides at a pod as if only these AuthorizationPolicies applied to it."""
        if target.proxy:
            return self.relays.gate_of(policies)
        applied = self._applied.get(target, _Applied())
        modes = peer_authentication.modes(applied.authentications, self._wider(target))
        if target.tunnelled:
            return Gate(self._callers, ztunnel.enforced(policies), [], ztunnel.modes(modes), target.uncaptured)
        own = [("TCP", port, port) for port in self._mesh.own]
        return Gate(self._callers, policies, applied.opaque, modes, (*own, *target.uncaptured))

    def server(
        self, policies: Iterable[AuthorizationPolicy], *, identified: bool, opaque: Iterable[PortRange] = ()
    ) -> Gate:
        """Return what decides at a server of a gateway: its own TLS says whether callers show who they are."""
        return Gate(self._callers, policies, list(opaque), {STRICT if identified else DISABLE: [ALL_TCP]}, ())

    def _wider(self, target: Pod) -> list[list[PeerAuthentication]]:
        return [self._wide.get(space, []) for space in dict.fromkeys((target.namespace, self._mesh.root))]
