"""Which hosts outside are reached through an Istio gateway for egress: by whom, and by which name.

A caller's sidecar wraps what it sends into mutual TLS with the gateway, and asks for a name (SNI) that stands for a
host and a port; a server of a Gateway takes the name, a VirtualService leads on, a ServiceEntry says where to, and
AuthorizationPolicies at the gateway say who may ask for what. Two questions: what can somebody reach who may connect to
the gateway, whatever he asks for; and does what an App sends to a host it declared get there.

The semantics are those of istio/istio `pilot/pkg/networking/core/gateway.go`, which `tests/conformance/istio` asks.

May import: ambient, authorization, mesh, model, system.model (types), value.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.reach.ambient import TUNNEL
from scaffold.reach.model import Name, Pod
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.reach.authorization import AuthorizationPolicy, Permission
    from scaffold.reach.evaluate import Flow
    from scaffold.reach.mesh import Admission
    from scaffold.reach.model import Node, PortRange
    from scaffold.system.model import System

# What the blueprint of a gateway for egress says where it is one of Istio's, which sidecars speak to, or a waypoint.
ISTIO, WAYPOINT = "istio", "istio-waypoint"
GROUP = "networking.istio.io/"
SNI = "connection.sni"
_BY_NAME = ("DNS", "DNS_ROUND_ROBIN")


class Relay(Value, frozen=True):
    """A gateway for egress: its pods and their port, its Service (a waypoint: none) with its port, and its identity."""

    pod: Pod
    service: str
    port: int
    pod_port: int
    identity: str


def relay_of(system: System) -> Relay | None:
    """Return the system's gateway for egress, where it is judged here."""
    known: Any = system.platform.spec.egressGateway
    found, mesh = pods(system), system.platform.spec.mesh
    if not found or getattr(known, "judgedBy", "") not in {ISTIO, WAYPOINT} or mesh is None:
        return None
    identity = f"spiffe://{getattr(mesh, 'trustDomain', '')}/ns/{known.namespace}/sa/{found[0].account}"
    if found[0].proxy:
        return Relay(found[0], "", TUNNEL[1], TUNNEL[1], identity)
    service = f"{known.service}.{known.namespace}.svc.cluster.local"
    return Relay(found[0], service, known.port, known.podPort or known.port, identity)


def is_part(manifest: dict[str, Any], relay: Relay | None) -> bool:
    """Tell whether an object leads to the gateway for egress, or on from there; nothing does where there is none."""
    if relay is None or not str(manifest.get("apiVersion", "")).startswith(GROUP):
        return False
    spec = manifest.get("spec") or {}
    led = {
        "VirtualService": "mesh" in (spec.get("gateways") or ["mesh"]),
        "DestinationRule": spec.get("host") == relay.service,
    }
    own = (manifest.get("metadata") or {}).get("namespace") == relay.pod.namespace
    return own or led.get(str(manifest.get("kind")), False)


def pods(system: System) -> list[Pod]:
    """Return the pods of the gateway for egress, whose policies are rendered though they are no App's."""
    end, known = system.gateway, system.platform.spec.egressGateway
    if end is None:
        return []
    if getattr(known, "judgedBy", "") == WAYPOINT:
        return [Pod(end.namespace, getattr(known, "name", ""), end.labels, account=end.account, proxy="services")]
    return [Pod(end.namespace, ",".join(map("=".join, end.labels)), end.labels, account=end.account)]


class Way(Value, frozen=True):
    """What a server of a Gateway takes (`asked`: a name, or a pattern), and where to: hosts, each with its port.

    `identified` where the caller shows a certificate of the mesh.
    """

    asked: str
    port: int
    identified: bool
    targets: tuple[tuple[Name, int], ...]


class Objects:
    """The objects of Istio's networking by kind, each with its namespace, name and spec."""

    def __init__(self, manifests: Iterable[dict[str, Any]]) -> None:
        """Sort out manifests."""
        self._found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
        for manifest in manifests:
            if str(manifest.get("apiVersion", "")).startswith(GROUP):
                metadata = manifest.get("metadata") or {}
                entry = (str(metadata.get("namespace", "default")), str(metadata.get("name", "")))
                self._found.setdefault(str(manifest.get("kind")), []).append((*entry, manifest.get("spec") or {}))

    def all(self, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield all objects of a kind."""
        yield from self._found.get(kind, ())

    def seen(self, kind: str, space: str) -> Iterator[dict[str, Any]]:
        """Yield the specs of a kind that proxies of a namespace see."""
        for own, _, spec in self.all(kind):
            exported = spec.get("exportTo") or ["*"]
            if "*" in exported or space in exported or (own == space and "." in exported):
                yield spec


def ways(objects: Objects, relay: Relay) -> list[Way]:
    """Return what the gateway's pods pass on, whoever asks for it."""
    made = []
    labels = dict(relay.pod.labels)
    for space, name, spec in objects.all("Gateway"):
        if not (spec.get("selector") or {}).items() <= labels.items():
            continue
        for server in spec.get("servers") or ():
            number = int((server.get("port") or {}).get("number", 0))
            identified = (server.get("tls") or {}).get("mode") == "ISTIO_MUTUAL"
            for text in server.get("hosts") or ():
                only, _, asked = str(text).rpartition("/")
                bound = [one for one in _bound(objects, space, name, only) if _meet(one.get("hosts") or (), asked)]
                targets = {to for one in bound for to in _targets(objects, one, number, relay.pod.namespace)}
                pod_port = relay.pod_port if number == relay.port else number
                made.append(Way(asked, pod_port, identified, tuple(sorted(targets))))
    return made


def _bound(objects: Objects, space: str, name: str, only: str) -> Iterator[dict[str, Any]]:
    """Yield the VirtualServices that lead on from a Gateway, of the one namespace that it takes them from (or any)."""
    for own, _, spec in objects.all("VirtualService"):
        named = [text if "/" in text else f"{own}/{text}" for text in spec.get("gateways") or ()]
        taken = only in {"", "*", own} or (only == "." and own == space)
        if taken and f"{space}/{name}" in named:
            yield spec


def _meet(names: Iterable[str], asked: str) -> bool:
    return any(fits(one, asked) for one in names)


def fits(one: str, two: str) -> bool:
    """Tell whether two names, or patterns of them, may mean the same."""
    return fnmatchcase(one, two) or fnmatchcase(two, one) or ("*" in one and "*" in two)


def _targets(objects: Objects, spec: dict[str, Any], number: int, space: str) -> Iterator[tuple[Name, int]]:
    """Yield where a VirtualService leads to, from one port of a Gateway."""
    for route in (*(spec.get("tcp") or ()), *(spec.get("tls") or ()), *(spec.get("http") or ())):
        matches: list[dict[str, Any]] = route.get("match") or [{}]
        if all(int(one.get("port") or number) != number for one in matches):
            continue
        for one in route.get("route") or ():
            to = one.get("destination") or {}
            yield from _found(objects, str(to.get("host")), int((to.get("port") or {}).get("number", 0)), space)


def _found(objects: Objects, host: str, port: int, space: str) -> Iterator[tuple[Name, int]]:
    """Yield where a destination lies: what no entry of hosts outside is, or is not found by name, is nobody's host."""
    entries = [one for one in objects.seen("ServiceEntry", space) if host in (one.get("hosts") or ())]
    if not entries:
        yield Name(host, entity=True), port
    for entry in entries:
        ports = {int(one["number"]): int(one.get("targetPort") or one["number"]) for one in entry.get("ports") or ()}
        ends = [str(one.get("address")) for one in entry.get("endpoints") or ()] or [host]
        named = entry.get("resolution") in _BY_NAME
        yield from ((Name(end, entity=not named), ports.get(port, port)) for end in ends)


def reached(
    found: Iterable[Way], relay: Relay, admission: Admission, connected: Mapping[Node, set[PortRange]]
) -> set[tuple[Node, str, Name, int]]:
    """Return who reaches which host at which port, and by asking for what.

    Args:
        found: what is passed on.
        relay: the gateway.
        admission: the mesh's policies.
        connected: the ports of the gateway's pods by who may connect there.
    """
    made = set()
    for way in found:
        policies = [asked(policy, way.asked) for policy in admission.policies(relay.pod)]
        gate = admission.server(policies, identified=way.identified)
        for source, ports in connected.items():
            if holds(ports, way.port) and holds(gate.admitted(source), way.port):
                made |= {(source, way.asked, name, port) for name, port in way.targets}
    return made


def holds(ports: Iterable[PortRange], port: int) -> bool:
    """Tell whether a TCP port is one of some ports."""
    return any(protocol in {"ANY", "TCP"} and first <= port <= last for protocol, first, last in ports)


def asked(policy: AuthorizationPolicy, name: str) -> AuthorizationPolicy:
    """Return a policy as it holds for who asks for a name: what may allow it is kept, what may not deny it is not."""
    kept = [rule for rule in policy.rules if _may(rule, name, allows=policy.action == "ALLOW")]
    return replace(policy, rules=tuple(replace(rule, when=_rest(rule)) for rule in kept))


def _rest(rule: Permission) -> tuple[Any, ...]:
    return tuple(match for match in rule.when if match.field != SNI)


def _may(rule: Permission, asked: str, *, allows: bool) -> bool:
    for match in rule.when:
        if match.field != SNI:
            continue
        if match.negated or not allows:
            certain = any(fnmatchcase(asked, value) for value in match.values)
            if certain == match.negated:
                return False
        elif not any(fits(value, asked) for value in match.values):
            return False
    return True


def routed(objects: Objects, relay: Relay, source: Pod, host: str, port: int) -> set[str]:
    """Return what a pod's sidecar asks the gateway for, where the process speaks TLS to a port of a host."""
    entries = [one for one in objects.seen("ServiceEntry", source.namespace) if host in (one.get("hosts") or ())]
    known = [one for entry in entries for one in entry.get("ports") or () if int(one["number"]) == port]
    if not known or any(one.get("protocol") != "TLS" for one in known):
        return set()
    labels = dict(source.labels)
    subsets = set()
    for spec in objects.seen("VirtualService", source.namespace):
        if host not in (spec.get("hosts") or ()) or "mesh" not in (spec.get("gateways") or ["mesh"]):
            continue
        for route in spec.get("tls") or ():
            if any(_matches(match, labels, host, port) for match in route.get("match") or ()):
                subsets |= {_subset(one.get("destination") or {}, relay) for one in route.get("route") or ()}
    return {sni for subset in subsets for sni in _names(objects, relay, source.namespace, subset)}


def _matches(match: dict[str, Any], labels: Mapping[str, str], host: str, port: int) -> bool:
    wanted = (match.get("sourceLabels") or {}).items() <= labels.items()
    led = "mesh" in (match.get("gateways") or ["mesh"])
    return wanted and led and int(match.get("port") or port) == port and _meet(match.get("sniHosts") or (), host)


def _subset(destination: dict[str, Any], relay: Relay) -> str:
    """Return the subset of the gateway's Service that a route leads to; nothing where it leads elsewhere."""
    there = destination.get("host") == relay.service and (destination.get("port") or {}).get("number") == relay.port
    return str(destination.get("subset") or "") if there else ""


def _names(objects: Objects, relay: Relay, space: str, subset: str) -> Iterator[str]:
    """Yield the names that a subset is asked for by, where both ends show who they are."""
    for spec in objects.seen("DestinationRule", space):
        for one in spec.get("subsets") or () if spec.get("host") == relay.service else ():
            tls = (one.get("trafficPolicy") or {}).get("tls") or {}
            known = tls.get("mode") == "ISTIO_MUTUAL" and tls.get("subjectAltNames") == [relay.identity]
            if subset and one.get("name") == subset and known:
                yield str(tls.get("sni"))


def passed(
    manifests: Iterable[dict[str, Any]],
    relay: Relay,
    admission: Admission,
    flows: Iterable[Flow],
    meant: Iterable[Flow],
) -> tuple[set[Flow], set[Flow]]:
    """Return the flows that the gateway lets through, and of those that are meant the ones that get there.

    Args:
        manifests: every parsed object that is applied.
        relay: the gateway.
        admission: the mesh's policies.
        flows: those that network policies let through to the gateway's pods, and from them.
        meant: flows of Apps' pods to hosts by name.
    """
    objects = Objects(manifests)
    connected: dict[Node, set[PortRange]] = {}
    for source, to, ports in flows:
        if to == relay.pod:
            connected.setdefault(source, set()).add(ports)
    found = reached(ways(objects, relay), relay, admission, connected)
    arrived = set()
    for flow in meant:
        source, target, (_, port, _) = flow
        if isinstance(source, Pod) and isinstance(target, Name):
            asked = routed(objects, relay, source, target.name, port)
            arrived |= {flow for one in asked if (source, one, target, port) in found}
    return {(source, name, ("TCP", port, port)) for source, _, name, port in found}, arrived
