"""Linkerd's policies (policy.linkerd.io), read as the evaluation's own: who may open which port of a pod.

Each port of a pod belongs to a Server, or to the pod's default policy. What belongs to a Server is shut but for its
AuthorizationPolicies, and those of its namespace; one that asks for no authentication lets everybody in. A rule is for
whoever shows an identity, or comes from a network; it cannot be for those alone that show none.

As the policy controller reads them (policy-controller/k8s/index/src/inbound of linkerd/linkerd2). Which default policy
the mesh was installed with is not known here: where nothing says otherwise, it lets everybody in.

May import: authorization, linkerd_*, manifests, mesh, model, peer_authentication, networks, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.networks import INTERNET
from scaffold.reach import manifests as read
from scaffold.reach.authorization import AuthorizationPolicy, Match, Permission
from scaffold.reach.linkerd_authentication import ANYBODY, IDENTIFIED, Authentications
from scaffold.reach.linkerd_injection import OWN, TUNNEL, default_policies
from scaffold.reach.mesh import Mesh
from scaffold.reach.model import Requirement
from scaffold.reach.peer_authentication import PERMISSIVE, STRICT, PeerAuthentication
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.authorization import Matches
    from scaffold.reach.model import Pod, Selector

GROUP = "policy.linkerd.io/"
KINDS = ("Server", "AuthorizationPolicy", "MeshTLSAuthentication", "NetworkAuthentication")

_DENY = "deny"
_DEFAULTS: dict[str, tuple[Matches, ...]] = {
    _DENY: (),
    "all-authenticated": IDENTIFIED,
    "cluster-authenticated": IDENTIFIED,
}
"""Whom a default policy lets in; all others are ways to let in those who show no identity, too."""


_WIDER = ("namespace", "httproute", "grpcroute")


class _Server(Value, frozen=True):
    """One port, by number or name, of the selected pods."""

    namespace: str
    name: str
    pods: Selector
    port: int | str
    access: str

    def numbers(self, pods: Iterable[Pod]) -> tuple[int, ...]:
        """Return the port's numbers: a name stands for what each of the selected pods calls so."""
        if isinstance(self.port, int):
            return (self.port,)
        named = {
            number
            for pod in pods
            if pod.namespace == self.namespace and all(part.holds(dict(pod.labels)) for part in self.pods)
            for name, protocol, number in pod.ports
            if (name, protocol) == (self.port, "TCP")
        }
        return tuple(sorted(named))


def is_policy(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is one of Linkerd's policies."""
    return str(manifest.get("apiVersion", "")).startswith(GROUP)


def read_mesh(manifests: Iterable[dict[str, Any]], pod_networks: Iterable[str] = INTERNET) -> Mesh:
    """Read a mesh.

    Args:
        manifests: every parsed object that is applied.
        pod_networks: where the addresses of pods and nodes lie, if that is known: a block outside means no pod.
    """
    objects = list(manifests)
    pods = [pod for pod in read.pods(objects) if pod.account]
    servers = list(_servers(objects))
    authentications = Authentications(objects)
    policies, modes = list(_defaults(objects, servers, pods)), list(_default_modes(objects, servers, pods))
    for server in servers:
        numbers = server.numbers(pods)
        for name, sources in _admitted(server, objects, authentications):
            operation = (Match("ports", tuple(map(str, numbers))),)
            rules = (Permission(sources, (operation,)),) if numbers and sources else ()
            policies.append(AuthorizationPolicy(server.namespace, name, "ALLOW", server.pods, rules))
            if not all(map(_is_identified, sources)):
                ports = tuple((number, PERMISSIVE) for number in numbers)
                modes.append(PeerAuthentication(server.namespace, name, server.pods, STRICT, ports))
    return Mesh(
        tuple(policies),
        tuple(modes),
        (),
        root="",
        pod_networks=tuple(pod_networks),
        tunnel=TUNNEL,
        own=OWN,
        by_address=True,
    )


def is_used(manifests: Iterable[dict[str, Any]]) -> bool:
    """Tell whether any object is one of its policies."""
    return any(map(is_policy, manifests))


def _of(objects: Iterable[dict[str, Any]], kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for manifest in objects:
        if manifest.get("kind") == kind and is_policy(manifest):
            metadata = manifest.get("metadata") or {}
            yield metadata.get("namespace", "default"), metadata.get("name", ""), manifest.get("spec") or {}


def _servers(objects: Iterable[dict[str, Any]]) -> Iterator[_Server]:
    """Yield the Servers of pods; those of external workloads are nobody's here."""
    for namespace, name, spec in _of(objects, "Server"):
        if "podSelector" in spec and "port" in spec:
            access = str(spec.get("accessPolicy") or _DENY)
            yield _Server(namespace, name, read.selector(spec["podSelector"] or {}), spec["port"], access)


def _admitted(
    server: _Server, objects: Iterable[dict[str, Any]], authentications: Authentications
) -> Iterator[tuple[str, tuple[Matches, ...]]]:
    """Yield whom a Server lets in, by the policy that says so."""
    yield f"{server.name} (accessPolicy)", _DEFAULTS.get(server.access, ANYBODY)
    for namespace, name, spec in _of(objects, "AuthorizationPolicy"):
        target = spec.get("targetRef") or {}
        kind, group = str(target.get("kind", "")).lower(), str(target.get("group", "")).lower()
        # One for some requests only is open here, as everywhere in this package; of which Server, its route would say.
        meant = kind in _WIDER or (kind, group, target.get("name")) == ("server", GROUP.rstrip("/"), server.name)
        if namespace == server.namespace and meant:
            sources = authentications.required(spec.get("requiredAuthenticationRefs") or (), namespace)
            yield name, sources


def _defaults(objects: list[dict[str, Any]], servers: list[_Server], pods: list[Pod]) -> Iterator[AuthorizationPolicy]:
    """Yield what holds at ports of no Server, one policy for each place where something is said of them."""
    for namespace, name, selected, policy in _defaulting(objects, pods):
        ports = _served(namespace, selected, servers, pods)
        operation = (Match("ports", tuple(map(str, ports)), negated=True),) if ports else ()
        sources = _DEFAULTS.get(policy, ANYBODY)
        rules = (Permission(sources, (operation,)),) if sources else ()
        yield AuthorizationPolicy(namespace, f"(default policy {policy}) {name}", "ALLOW", selected, rules)


def _default_modes(
    objects: list[dict[str, Any]], servers: list[_Server], pods: list[Pod]
) -> Iterator[PeerAuthentication]:
    for namespace, name, selected, policy in _defaulting(objects, pods):
        if all(map(_is_identified, _DEFAULTS.get(policy, ANYBODY))):
            yield PeerAuthentication(namespace, name, selected, STRICT)
        else:
            ports = tuple((port, STRICT) for port in _served(namespace, selected, servers, pods))
            yield PeerAuthentication(namespace, name, selected, PERMISSIVE, ports)


def _defaulting(objects: list[dict[str, Any]], pods: list[Pod]) -> Iterator[tuple[str, str, Selector, str]]:
    """Yield where which default policy holds: in a namespace that is shut (no selector), and at other workloads."""
    spaces, workloads = default_policies(objects)
    shut = sorted(namespace for namespace, policy in spaces.items() if policy == _DENY)
    yield from ((namespace, "", (), _DENY) for namespace in shut)
    for pod in pods:
        own = workloads.get((pod.namespace, pod.name)) or spaces.get(pod.namespace) or "all-unauthenticated"
        if own != _DENY or pod.namespace not in shut:
            selected = tuple(Requirement(key, frozenset((value,))) for key, value in pod.labels)
            yield pod.namespace, pod.name, selected, own


def _served(namespace: str, selected: Selector, servers: list[_Server], pods: list[Pod]) -> list[int]:
    """Return the ports of Servers at pods with some labels."""
    labels = {part.key: value for part in selected for value in part.values or ()}
    return sorted(
        {
            number
            for server in servers
            if server.namespace == namespace and all(part.holds(labels) for part in server.pods)
            for number in server.numbers(pods)
        }
    )


def _is_identified(source: Matches) -> bool:
    return any(match.field in {"principals", "namespaces"} for match in source)
