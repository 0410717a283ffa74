"""What a template may read: JSON only, with everything that needs thought already computed.

Quantities, hashes, composed names, defaults and the grouping of edges into rules are decided here, so that templates
look like the files they make.

May import: system, pod, workload, quota, rights, halves, labels, networks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from scaffold.halves import callers, connections, entrances, never, peer_view, rules, shut
from scaffold.labels import namespace_labels, pod_labels, request_labels, selector
from scaffold.networks import INTERNET, MAPPED, NEVER_OPENED, is_never_opened, network
from scaffold.pod import pod
from scaffold.quota import quota
from scaffold.render.environment import COOKIECUTTER
from scaffold.rights import people
from scaffold.system.balancers import doors, service_fields, service_port
from scaffold.system.derived import limits, store_keys
from scaffold.system.link import conventional, internet
from scaffold.system.relayed import ways
from scaffold.system.resolvers import of_names, resolvers
from scaffold.system.select import app_view, platform_view
from scaffold.workload import workload

if TYPE_CHECKING:
    from scaffold.system.model import Edge, Member, System
    from scaffold.system.requests import Request

_FIXED = {key: value for key, value in COOKIECUTTER.items() if key.startswith("_")}


class Contexts:
    """The contexts of one system; edges are indexed once by the App that owns each half."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._platform = platform_view(system.platform)
        self._spaces = {space.name: space for space in system.spaces}
        self._grants = {(grant.namespace, grant.team, grant.on_demand): to_builtins(grant) for grant in people(system)}
        self._apps: dict[str, dict[str, Any]] = {}
        self._into: dict[tuple[str, bool], list[Edge]] = {}
        self._out: dict[tuple[str, bool], list[Edge]] = {}
        self._names: dict[str, list[Edge]] = {}
        self._entered: dict[str, list[Edge]] = {}
        self._asked: dict[str, list[Edge]] = {}
        is_of_names = of_names(system)
        for edge in system.flows:
            if edge.ingress == "opened" and edge.source.entities:
                self._entered.setdefault(edge.target.app, []).append(edge)
            elif edge.ingress == "opened":
                self._into.setdefault((edge.target.app, edge.target.proxy), []).append(edge)
            if edge.egress != "opened":
                continue
            if is_of_names(edge) and not edge.source.proxy:
                self._names.setdefault(edge.source.app, []).append(edge)
            else:
                self._out.setdefault((edge.source.app, edge.source.proxy), []).append(edge)
        for edge in system.edges:
            if edge.ingress == "opened":
                self._asked.setdefault(edge.target.app, []).append(edge)

    def app(self, member: Member) -> dict[str, Any]:
        """Return what all units of scope app read of one App, beside the key and the item of each."""
        if member.app.key not in self._apps:
            self._apps[member.app.key] = self._shared(member)
        return self._apps[member.app.key]

    def _shared(self, member: Member) -> dict[str, Any]:
        app = member.app
        view, pods = app_view(app), pod(member, self._system.platform.spec)
        asked = workload(app, pods)
        return {
            **_FIXED,
            "name": app.name,
            "namespace": app.namespace,
            "platform": self._platform,
            "app": view,
            "labels": pod_labels(app),
            "account": {entry.key: entry.value for entry, _ in member.additions.account},
            "store_account": {entry.key: entry.value for entry, _ in member.additions.store_annotations},
            "store_keys": store_keys(app),
            "store_objects": _objects(member),
            "selector": selector(app.name),
            "pod": pods,
            "workload": asked,
            "service_fields": service_fields(asked, self._system.platform),
            "service_ports": [service_port(name, port, self._system.platform) for name, port in app.mapped.items()],
            "sides": self._sides(app.key),
            "names": rules((edge.target, edge) for edge in self._names.get(app.key, ())),
            "entered": rules((edge.source, edge) for edge in self._entered.get(app.key, ())),
            "never": never(self._addressed(app.key)) if self._reaches_hosts(app.key) else [],
            "shut": shut(self._addressed(app.key)),
            "callers": callers(self._asked.get(app.key, ())),
            "connections": connections(self._into.get((app.key, False), ())),
            "entrances": entrances(app.spec.ports, self._into.get((app.key, False), ()), self._system.platform),
            "proxy": self._proxy(member),
            "service_labels": pod_labels(app)
            | {entry.key: entry.value for entry, _ in member.additions.service_labels},
        }

    def _proxy(self, member: Member) -> dict[str, Any] | None:
        """Return the proxy of an App: what its controller is told, what its policy opens, and who may ask for what."""
        key = member.app.key
        for entry, _ in member.additions.proxies:
            asked = [edge for edge in self._asked.get(key, ()) if edge.through]
            told = {name: json.dumps(value, indent=2) + "\n" for name, value in entry.objects.items()}
            return {
                **to_builtins(entry),
                "told": told,
                "sides": self._sides(key, proxy=True),
                "callers": callers(asked),
                # Of what the App's pods answer together: all of its pods let no more through than those answer.
                "shares": {name: one["together"] // entry.replicas for name, one in limits(member.app)["each"].items()},
            }
        return None

    def _sides(self, app: str, *, proxy: bool = False) -> list[dict[str, Any]]:
        """Return the halves that the policy of an App (or its proxy) opens; a side that opens nothing is left out."""
        ingress = rules((edge.source, edge) for edge in self._into.get((app, proxy), ()))
        egress = rules((edge.target, edge) for edge in self._out.get((app, proxy), ()))
        sides = [
            {"direction": "ingress", "peers": "from", "rules": ingress},
            {"direction": "egress", "peers": "to", "rules": egress},
        ]
        return [side for side in sides if side["rules"]]

    def _addressed(self, app: str) -> list[str]:
        """Return the networks that an App reaches: what is denied of addresses is denied without them."""
        return [
            edge.target.cidr
            for edge in (*self._out.get((app, False), ()), *self._names.get(app, ()))
            if edge.target.cidr
        ]

    def _reaches_hosts(self, app: str) -> bool:
        """Tell whether an App reaches anything by its name, which may be answered with any address."""
        return any(edge.target.host for edge in self._names.get(app, ()))

    def namespace(self, name: str, key: str, item: Any) -> dict[str, Any]:
        """Return what a unit of scope namespace reads."""
        own = [member for member in self._system.members if member.app.namespace == name]
        passed = {way["name"]: way for member in own for way in ways(member.app, self._system.platform)}
        return {
            **_FIXED,
            "name": name,
            "namespace": name,
            "platform": self._platform,
            "namespace_labels": dict(self._spaces[name].labels),
            "namespace_annotations": dict(self._spaces[name].annotations),
            "level": self._spaces[name].level,
            "quota": quota(own, self._system.platform.spec)
            | doors((member.app for member in own), self._system.platform),
            "grant": self._grants.get((name, key, False)),  # of the team that `key` names
            "ways": [passed[way] for way in sorted(passed)],
            "never_opened": [str(range_) for range_ in NEVER_OPENED if range_ != MAPPED],
            "passed": sorted(
                {net for member in own for net in self._addressed(member.app.key) if is_never_opened(network(net))}
            ),
            "key": key,
            "item": item,
            "labels": namespace_labels(name),
        }

    def egress(self, name: str, key: str, item: Any) -> dict[str, Any]:
        """Return what a unit of scope egress reads: what opens the gateway's pods, and what is passed on there.

        `sides` are what the pods reach by themselves, `callers` is how the App of an item gets there; `internet` is
        where the hosts are.
        """
        gateway = self._system.gateway
        caller = item.get("key") if isinstance(item, dict) else None
        own = [edge for edge in self._out.get(("", False), ()) if edge.target.cidr not in INTERNET]
        return {
            **_FIXED,
            "name": name,
            "namespace": name,
            "platform": self._platform,
            "selector": dict(gateway.labels) if gateway else {},
            "sides": [{"direction": "egress", "peers": "to", "rules": rules((edge.target, edge) for edge in own)}],
            "callers": rules(
                (edge.source, edge) for edge in self._into.get(("", False), ()) if edge.source.app == caller
            ),
            "internet": [peer_view(end)["ip_block"] for end in internet(self._system.platform)],
            "key": key,
            "item": item,
            "labels": namespace_labels(name),
        }

    def on_demand(self, name: str, key: str, item: Any) -> dict[str, Any]:
        """Return what a unit of scope on-demand reads: what is kept for an incident in one namespace."""
        return {
            **_FIXED,
            "name": name,
            "namespace": name,
            "platform": self._platform,
            "grant": self._grants.get((name, key, True)),  # of the team that `key` names
            "key": key,
            "item": item,
            "labels": namespace_labels(name),
        }

    def control_plane(self, key: str, item: Any) -> dict[str, Any]:
        """Return what a unit of scope control-plane reads: the whole system."""
        return {
            **_FIXED,
            "name": self._system.platform.metadata.name,
            "platform": self._platform,
            "namespaces": list(self._system.namespaces),
            "key": key,
            "item": item,
        }

    def request(self, request: Request) -> dict[str, Any]:
        """Return what a unit of scope request reads."""
        ingress = request.direction == "ingress"
        # Of what a proxy passes on, the target's half is never asked for: it is the target that has the proxy.
        made = rules((edge.source if ingress else edge.hops[0].target, edge.hops[0]) for edge in request.edges)
        if not ingress:
            made += self._resolvers()
        return {
            **_FIXED,
            "name": request.name,
            "namespace": request.end.namespace,
            "platform": self._platform,
            "explanation": self._explanation(request),
            "direction": request.direction,
            "policy_type": request.direction.capitalize(),
            "selector": dict(request.end.labels),
            "labels": request_labels(request.owner),
            "rules": made,
            "callers": callers(request.edges) if ingress else [],
            "is_app": bool(request.end.app) or conventional(request.end),
            "peers": "from" if ingress else "to",
        }

    def _resolvers(self) -> list[dict[str, Any]]:
        """Return the rules that resolve names: an egress policy without them would break more than it opens."""
        return [
            {
                "reason": "names are resolved",
                "peer": peer_view(end),
                "ports": [{"port": port, "protocol": protocol} for protocol in ("TCP", "UDP")],
            }
            for end, port in resolvers(self._system.platform.spec.dns)
        ]

    def _explanation(self, request: Request) -> list[str]:
        asker, name = request.asker, request.asker.key.partition("/")[2]
        side = "from" if request.direction == "ingress" else "to"
        entries = [
            f"{{app: {name}, namespace: {asker.namespace}, port: {edge.port}"
            + (f", endPort: {edge.end_port}" if edge.end_port and side == "to" else "")
            + (f", protocol: {edge.protocol.lower()}}}" if edge.protocol != "TCP" and side == "to" else "}")
            for edge in request.edges
        ]
        care = "Take care: if no policy selects these pods yet, this one isolates them, and all else stops."
        if request.end.namespace in self._system.namespaces:
            care = "Take care: this namespace denies by default. These pods are cut off from all that no policy opens."
        return [
            f"{asker.key} asks {request.owner} to open its half of a flow.",
            f"If these pods are an App, its file says the same by {side}: [{', '.join(entries)}]",
            care,
        ]

    def report(self, report: dict[str, Any]) -> dict[str, Any]:
        """Return what an index unit at the top reads: what holds in the whole bundle, and what is left open."""
        return {**_FIXED, "name": self._system.platform.metadata.name, "platform": self._platform, "report": report}

    def index(self, resources: list[str]) -> dict[str, Any]:
        """Return what a unit of scope index reads: the files (or folders) of its own folder."""
        return {**_FIXED, "name": "index", "resources": resources}


def _objects(member: Member) -> dict[str, str]:
    """Return what each store is asked for by who fills its volume, as JSON, which is YAML, too: one object a line."""
    found: dict[str, list[str]] = {}
    for entry, _ in member.additions.store_objects:
        fields = {key: value for key, value in entry.fields.items() if value is not None}
        text = json.dumps(fields)
        found.setdefault(entry.store, []).append(json.dumps(text) if entry.asText else text)
    return {store: "[\n  " + ",\n  ".join(lines) + "\n]\n" for store, lines in found.items()}
