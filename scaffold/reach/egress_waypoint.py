"""Which hosts outside are reached through a waypoint for egress of an Istio mesh without sidecars: by whom.

Whoever asks for the name of a ServiceEntry that uses the waypoint is answered with an address of the mesh's own, and
what he sends there comes to the waypoint as he is known by his certificate. There the policies hold that name the
Gateway, or the ServiceEntry; what passes them goes to the addresses that the waypoint itself resolves. Two questions:
what can somebody reach who may connect to the waypoint, whatever he asks for; and does what an App sends to a host it
declared get there.

The semantics are those of istio/istio `pilot/pkg/serviceregistry/ambient` and
`pilot/pkg/networking/core/listener_waypoint.go`, which `tests/conformance/istio` asks.

May import: ambient, callers, egress, manifests, mesh, model, waypoint, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.reach import manifests as read
from scaffold.reach import waypoint
from scaffold.reach.callers import is_plaintext
from scaffold.reach.egress import GROUP, SNI, Objects, asked, fits, holds
from scaffold.reach.model import Name, Node, Pod
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.reach.authorization import AuthorizationPolicy, Permission
    from scaffold.reach.egress import Relay
    from scaffold.reach.evaluate import Flow
    from scaffold.reach.mesh import Admission

_BY_NAME = ("DNS", "DNS_ROUND_ROBIN")
_ALLOCATED = "networking.istio.io/enable-autoallocate-ip"
_HTTP = ("HTTP", "HTTP2", "GRPC", "GRPC-WEB")


class Entry(Value, frozen=True):
    """A host that the mesh knows: where it lies by each of its ports, and which waypoint (`namespace/name`) it uses.

    `addressed`: whoever asks for its name is answered with an address of the mesh's own, or one that is given.
    """

    namespace: str
    name: str
    host: str
    through: str
    addressed: bool
    opaque: tuple[int, ...]
    targets: tuple[tuple[int, Name, int], ...]


def entries(manifests: Iterable[dict[str, Any]]) -> list[Entry]:
    """Return the hosts that ServiceEntries tell a mesh of: `exportTo` means nothing to it without sidecars."""
    objects = list(manifests)
    spaces = read.namespaces(objects)
    mine = [one for one in objects if one.get("kind") == "ServiceEntry"]
    return [made for one in mine if str(one.get("apiVersion", "")).startswith(GROUP) for made in _entries(one, spaces)]


def _entries(manifest: dict[str, Any], spaces: Mapping[str, Mapping[str, str]]) -> Iterator[Entry]:
    metadata, spec = manifest.get("metadata") or {}, manifest.get("spec") or {}
    space = str(metadata.get("namespace", "default"))
    resolution = str(spec.get("resolution") or "NONE")
    allocated = resolution != "NONE" and str((metadata.get("labels") or {}).get(_ALLOCATED)).lower() != "false"
    ports = [one for one in spec.get("ports") or () if str(one.get("protocol")) != "UDP"]
    opaque = tuple(int(one["number"]) for one in ports if str(one.get("protocol")) not in _HTTP)
    for host in spec.get("hosts") or ():
        ends = [str(one.get("address")) for one in spec.get("endpoints") or ()] or [str(host)]
        outside = resolution in _BY_NAME and not spec.get("workloadSelector")
        yield Entry(
            space,
            str(metadata.get("name", "")),
            str(host),
            waypoint.used(manifest, space, spaces.get(space, {})),
            allocated or bool(spec.get("addresses")),
            opaque,
            tuple(
                (int(port["number"]), Name(end, entity=not outside), int(port.get("targetPort") or port["number"]))
                for port in ports
                for end in ends
            ),
        )


def led(known: Iterable[Entry], relay: Relay) -> list[Entry]:
    """Return the hosts that the waypoint passes on: of its own namespace alone, as a Gateway admits them by default."""
    own = f"{relay.pod.namespace}/{relay.pod.name}"
    return [one for one in known if one.through == own and one.namespace == relay.pod.namespace and one.addressed]


def reached(
    found: Iterable[Entry], relay: Relay, admission: Admission, connected: Iterable[Node]
) -> set[tuple[Node, str, int, Name, int]]:
    """Return who reaches what through the waypoint: by which host and port, and where that is, at which port.

    Whoever may ask there for another name than the host's own reaches others that share its addresses: an entity.
    """
    made = set()
    for entry in found:
        policies = admission.relays.attached(relay.pod, entry.name, "ServiceEntry")
        opaque = [("TCP", port, port) for port in entry.opaque]
        for name, several in _by_name(policies, entry.host):
            gate = admission.server(several, identified=True, opaque=opaque)
            for source in connected:
                open_ = gate.admitted(source)
                for port, target, number in entry.targets:
                    if holds(open_, port):
                        to = Name(f"{name} at {target}", entity=True) if name else target
                        made.add((source, entry.host, port, to, number))
    return made


def _by_name(policies: list[AuthorizationPolicy], host: str) -> Iterator[tuple[str, list[AuthorizationPolicy]]]:
    """Yield policies as they hold for who asks for a host by its name (empty), by each other one, and by any."""
    told = (match for policy in policies for rule in policy.rules for match in rule.when if match.field == SNI)
    for name in sorted({host, *(value for match in told for value in match.values)}):
        yield ("" if name == host else name), [asked(policy, name) for policy in policies]
    yield "any name", [_unnamed(policy) for policy in policies]


def _unnamed(policy: AuthorizationPolicy) -> AuthorizationPolicy:
    """Return a policy as it holds for a name that nobody wrote down: what denies some names denies that one, or not."""
    if policy.action != "ALLOW":
        return asked(policy, "")
    return replace(policy, rules=tuple(rule for rule in policy.rules if not _names(rule)))


def _names(rule: Permission) -> bool:
    return any(match.field == SNI and not match.negated for match in rule.when)


def asks(known: Iterable[Entry], relay: Relay, source: Pod, host: str, port: int) -> bool:
    """Tell whether what a pod sends to a port of a host comes to the waypoint, and nowhere else.

    Of several entries the one of the pod's own namespace is taken, else the oldest, which is not known here.
    """
    named = [one for one in known if one.host == host and one.addressed]
    meant = [one for one in named if one.namespace == source.namespace] or named
    here = led(meant, relay)
    there = all(any(number == port for number, _, _ in one.targets) for one in here)
    return source.tunnelled and len(here) == len(meant) == 1 and there


def _rerouted(manifests: Iterable[dict[str, Any]], relay: Relay) -> set[str]:
    """Return the hosts, or patterns of them, that a VirtualService at the waypoint may lead elsewhere."""
    routes = Objects(manifests).all("VirtualService")
    return {str(host) for space, _, spec in routes if space == relay.pod.namespace for host in spec.get("hosts") or ()}


def passed(
    manifests: Iterable[dict[str, Any]],
    relay: Relay,
    admission: Admission,
    flows: Iterable[Flow],
    meant: Iterable[Flow],
) -> tuple[set[Flow], set[Flow]]:
    """Return the flows that the waypoint lets through, and of those that are meant the ones that get there.

    Args:
        manifests: every parsed object that is applied.
        relay: the waypoint.
        admission: the mesh's policies.
        flows: those that network policies let through to the waypoint's pods, and from them.
        meant: flows of Apps' pods to hosts by name.
    """
    objects = list(manifests)
    known, elsewhere = entries(objects), _rerouted(objects, relay)
    connected = {one for one, to, ports in flows if to == relay.pod and holds([ports], relay.pod_port)}
    found = reached(led(known, relay), relay, admission, {one for one in connected if not is_plaintext(one)})
    let: set[Flow] = set()
    arrived: set[Flow] = set()
    for source, host, _, name, number in found:
        moved = any(fits(host, one) for one in elsewhere)
        led_on = Name(f"wherever routes of {host} lead", entity=True) if moved else name
        let.add((source, led_on, ("TCP", number, number)))
    for flow in meant:
        source, target, (_, port, _) = flow
        if isinstance(source, Pod) and isinstance(target, Name) and flow in let:
            there = (source, target.name, port, target, port) in found
            arrived |= {flow} if there and asks(known, relay, source, target.name, port) else set()
    return let, arrived
