"""Something is led elsewhere, or through the gateway for egress, that nobody declared.

What: each Gateway, each VirtualService, what the gateway knows of hosts, and how sidecars speak to it are exactly what
    follows from the hosts that Apps declared: one way for a host and a port, for the Apps that call it. A waypoint
    knows each host with its ports, and nothing else leads on from there.
Why: a VirtualService takes over what a whole namespace sends to a name; one without `mesh` takes nothing, and Apps call
    past the gateway. A server for `*`, or one that passes TLS on unopened, knows nobody's identity.
Fields: Gateway, VirtualService, ServiceEntry, DestinationRule: spec.
Reference: Istio, egress gateways; NIST SP 800-204A.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.labels import selector
from scaffold.reach.egress import is_part, relay_of
from scaffold.system.relayed import ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered
    from scaffold.reach.egress import Relay

    _Specs = dict[str, list[dict[str, Any]]]


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each object that is not exactly a declared one, and for each that is missing."""
    relay = relay_of(rendered.system)
    wanted: dict[str, _Specs] = {"Gateway": {}, "VirtualService": {}, "ServiceEntry": {}, "DestinationRule": {}}
    if relay and relay.pod.proxy:
        wanted["ServiceEntry"][relay.pod.namespace] = list(_led(rendered))
    elif relay:
        _at_gateway(rendered, relay, wanted)
        _in_namespaces(rendered, relay, wanted)
    for kind, specs in wanted.items():
        undeclared, missing = rendered.beside(kind, specs)
        for manifest in undeclared:
            if is_part(manifest.value, relay):
                yield _finding(f"{manifest.path}#/spec", "nobody declared what this leads on")
        for space, spec in missing:
            yield _finding(space, f"no {kind} for what Apps declared: {', '.join(map(str, spec.get('hosts') or ()))}")


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", "mesh/unasked-way", place, reason)


def _led(rendered: Rendered) -> Iterator[dict[str, Any]]:
    """Yield what a waypoint knows of hosts: all of a host at once, since it knows each but once."""
    found: dict[str, set[int]] = {}
    for member in rendered.system.members:
        for way in ways(member.app, rendered.system.platform):
            found.setdefault(way["host"], set()).add(way["port"])
    for host, numbers in found.items():
        ports = [{"name": f"tls-{number}", "number": number, "protocol": "TLS"} for number in sorted(numbers)]
        outside = {"location": "MESH_EXTERNAL", "resolution": "DNS"}
        yield {"hosts": [host], "exportTo": ["."], **outside, "ports": ports}


def _at_gateway(rendered: Rendered, relay: Relay, wanted: dict[str, _Specs]) -> None:
    system, space = rendered.system, relay.pod.namespace
    found = {way["name"]: way for member in system.members for way in ways(member.app, system.platform)}
    for name, way in found.items():
        port, tls = {"name": "tls", "number": relay.port, "protocol": "TLS"}, {"mode": "ISTIO_MUTUAL"}
        server = {"port": port, "hosts": [f"./{name}"], "tls": tls}
        wanted["Gateway"].setdefault(space, []).append({"selector": dict(relay.pod.labels), "servers": [server]})
        to = {"destination": {"host": name, "port": {"number": way["port"]}}}
        wanted["VirtualService"].setdefault(space, []).append(
            {
                "hosts": [name],
                "exportTo": ["."],
                "gateways": [way["label"]],
                "tcp": [{"match": [{"port": relay.port}], "route": [to]}],
            }
        )
        wanted["ServiceEntry"].setdefault(space, []).append(
            {
                "hosts": [name],
                "exportTo": ["."],
                "location": "MESH_EXTERNAL",
                "resolution": "DNS",
                "endpoints": [{"address": way["host"]}],
                "ports": [{"name": "tls", "number": way["port"], "protocol": "TLS"}],
            }
        )


def _in_namespaces(rendered: Rendered, relay: Relay, wanted: dict[str, _Specs]) -> None:
    system = rendered.system
    for space in system.namespaces:
        apps = [member.app for member in system.members if member.app.namespace == space]
        callers: dict[str, dict[int, list[tuple[str, dict[str, Any]]]]] = {}
        for app in apps:
            for way in ways(app, system.platform):
                callers.setdefault(way["host"], {}).setdefault(way["port"], []).append((app.name, way))
        for host, ports in callers.items():
            routes = []
            for port, several in ports.items():
                matches = [{"port": port, "sniHosts": [host], "sourceLabels": selector(name)} for name, _ in several]
                to = {"host": relay.service, "subset": several[0][1]["label"], "port": {"number": relay.port}}
                routes.append({"match": matches, "route": [{"destination": to}]})
            spec = {"hosts": [host], "exportTo": ["."], "gateways": ["mesh"], "tls": routes}
            wanted["VirtualService"].setdefault(space, []).append(spec)
        found = {way["name"]: way for app in apps for way in ways(app, system.platform)}
        if found:
            subsets = [
                {
                    "name": found[name]["label"],
                    "trafficPolicy": {
                        "tls": {"mode": "ISTIO_MUTUAL", "sni": name, "subjectAltNames": [relay.identity]}
                    },
                }
                for name in sorted(found)
            ]
            rule = {"host": relay.service, "exportTo": ["."], "subsets": subsets}
            wanted["DestinationRule"].setdefault(space, []).append(rule)
