"""What a template may read: JSON only, with everything that needs thought already computed.

Quantities, hashes, composed names, defaults and the grouping of edges into rules are decided here, so that templates
look like the files they make.

May import: system, labels, networks, rules of answers.
"""

from __future__ import annotations

import hashlib
import re
from ipaddress import ip_network
from itertools import groupby
from typing import TYPE_CHECKING, Any

from scaffold.labels import NAMESPACE, namespace_labels, pod_labels, selector
from scaffold.networks import excepted_within
from scaffold.pod import pod
from scaffold.render.environment import COOKIECUTTER
from scaffold.system.select import app_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.system.model import Edge, Endpoint, Member, System

_FIXED = {key: value for key, value in COOKIECUTTER.items() if key.startswith("_")}


class Contexts:
    """The contexts of one system; edges are indexed once by the App that owns each half."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._platform = {"name": system.platform.metadata.name, "kubernetes": system.platform.spec.kubernetes}
        self._into: dict[str, list[Edge]] = {}
        self._out: dict[str, list[Edge]] = {}
        for edge in system.edges:
            if edge.ingress == "opened":
                self._into.setdefault(edge.target.app, []).append(edge)
            if edge.egress == "opened":
                self._out.setdefault(edge.source.app, []).append(edge)

    def app(self, member: Member, key: str, item: Any) -> dict[str, Any]:
        """Return what a unit of scope app reads."""
        app = member.app
        return {
            **_FIXED,
            "name": app.name,
            "namespace": app.namespace,
            "platform": self._platform,
            "app": app_view(app),
            "key": key,
            "item": item,
            "labels": pod_labels(app),
            "selector": selector(app.name),
            "pod": pod(member, self._system.platform.spec.kubernetes),
            "service_ports": [
                {
                    "name": name,
                    "port": port.service or port.port,
                    "protocol": port.l4,
                    "app_protocol": port.protocol if port.protocol in {"http", "grpc"} else "",
                }
                for name, port in app.spec.ports.items()
            ],
            "sides": self._sides(app.key),
        }

    def _sides(self, app: str) -> list[dict[str, Any]]:
        """Return the halves that an App's policy opens: ingress and egress, each left out where it opens nothing."""
        ingress = rules((edge.source, edge) for edge in self._into.get(app, ()))
        egress = rules((edge.target, edge) for edge in self._out.get(app, ()))
        sides = [
            {"direction": "ingress", "peers": "from", "rules": ingress},
            {"direction": "egress", "peers": "to", "rules": egress},
        ]
        return [side for side in sides if side["rules"]]

    def namespace(self, name: str, key: str, item: Any) -> dict[str, Any]:
        """Return what a unit of scope namespace reads."""
        return {
            **_FIXED,
            "name": name,
            "namespace": name,
            "platform": self._platform,
            "apps": [app_view(member.app) for member in self._system.members if member.app.namespace == name],
            "key": key,
            "item": item,
            "labels": namespace_labels(name),
        }

    def request(self, owner: str, end: Endpoint, direction: str, edges: list[Edge]) -> dict[str, Any]:
        """Return what a unit of scope request reads: the half of some edges that lies with `owner`."""
        others = [edge.source if direction == "ingress" else edge.target for edge in edges]
        own = others[0]
        return {
            **_FIXED,
            "name": request_name(own, end, direction),
            "namespace": end.namespace,
            "owner": owner,
            "asked_by": f"{own.namespace}/{own.app.partition('/')[2]}",
            "direction": direction,
            "policy_type": direction.capitalize(),
            "selector": dict(end.labels),
            "labels": {"app.kubernetes.io/managed-by": "scaffold", "scaffold/owner": owner},
            "rules": rules(zip(others, edges, strict=True)),
            "peers": "from" if direction == "ingress" else "to",
            "advice": _advice(own, direction, edges),
        }

    def index(self, name: str, resources: list[str]) -> dict[str, Any]:
        """Return what a unit of scope index reads: the files (or folders) of its own folder."""
        return {**_FIXED, "name": name, "resources": resources}


def rules(edges: Iterable[tuple[Endpoint, Edge]]) -> list[dict[str, Any]]:
    """Group halves of edges into policy rules: one for each peer and reason, with all its ports."""

    def group(half: tuple[Endpoint, Edge]) -> tuple[bool, Endpoint, str]:
        # Declared flows first: they are what a reviewer looks for.
        return half[1].origin != "declared", half[0], half[1].reason

    made = []
    for (_, peer, reason), halves in groupby(sorted(edges, key=group), key=group):
        ports = sorted({(edge.port, edge.protocol) for _, edge in halves})
        made.append(
            {
                "reason": reason,
                "peer": peer_view(peer),
                "ports": [{"port": port, "protocol": protocol} for port, protocol in ports],
            }
        )
    return made


def peer_view(peer: Endpoint) -> dict[str, Any]:
    """Return a peer as templates read it: an address block with its exceptions, or the labels of namespace and pods."""
    if not peer.cidr:
        return {"ip_block": None, "namespace_labels": {NAMESPACE: peer.namespace}, "labels": dict(peer.labels)}
    excepted = excepted_within(ip_network(peer.cidr))
    return {"ip_block": {"cidr": peer.cidr, **({"except": excepted} if excepted else {})}}


def _advice(own: Endpoint, direction: str, edges: list[Edge]) -> str:
    """Say how an owner who uses scaffold too agrees, instead of applying the file."""
    side, name = ("from", own.app.partition("/")[2]) if direction == "ingress" else ("to", own.app.partition("/")[2])
    entries = ", ".join(f"{{app: {name}, namespace: {own.namespace}, port: {edge.port}}}" for edge in edges)
    return f"In an App's file the same is said by: {side}: [{entries}]"


def request_name(asker: Endpoint, end: Endpoint, direction: str) -> str:
    """Name a request: who asks, and of whom; unique by the labels, which may say more than a name can hold."""
    asked = "-".join(value for _, value in end.labels)
    preposition = "to" if direction == "ingress" else "from"
    return slug(f"{asker.namespace}-{asker.app.partition('/')[2]}-{preposition}-{asked}", f"{asker}{end}")


def slug(text: str, identity: str = "") -> str:
    """Return a DNS-1123 label for any text; where letters were lost or the text is long, a digest keeps it unique."""
    clean = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if clean == text and len(clean) <= 50:  # noqa: PLR2004  leaves room for what is joined to it, below 63
        return clean
    return f"{clean[:43].rstrip('-')}-{hashlib.sha256((identity or text).encode()).hexdigest()[:6]}"
