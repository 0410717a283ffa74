"""Halves of edges as templates read them: rules of network policies, and callers as a mesh knows them.

May import: labels, networks, system.model, system.unseen.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.labels import NAMESPACE
from scaffold.networks import MAPPED, NEVER_OPENED, lies_in, network
from scaffold.system.model import ANYTHING
from scaffold.system.unseen import unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.answers.platform import Platform
    from scaffold.answers.port import Port
    from scaffold.system.model import Edge, Endpoint, HttpMatch


def rules(edges: Iterable[tuple[Endpoint, Edge]]) -> list[dict[str, Any]]:
    """Group halves of edges into policy rules: one for each peer and reason, with all its ports."""

    def group(half: tuple[Endpoint, Edge]) -> tuple[bool, Endpoint, str]:
        # Declared flows first: they are what a reviewer looks for.
        return half[1].origin != "declared", half[0], half[1].reason

    made = []
    for (_, peer, reason), halves in groupby(sorted(edges, key=group), key=group):
        wires = sorted({(edge.wire[0], edge.protocol, edge.wire[1]) for _, edge in halves})
        ports = [
            {"port": port, **({"endPort": last} if last != port else {}), "protocol": protocol}
            for port, protocol, last in wires
        ]
        made.append(
            {
                "reason": reason,
                "peer": peer_view(peer),
                "ports": ports,
                "port_texts": [{**one, "port": str(one["port"])} for one in ports],
            }
        )
    return made


def peer_view(peer: Endpoint) -> dict[str, Any]:
    """Return a peer as templates read it: a name, entities, a block with its exceptions, or labels of its pods."""
    block = {"cidr": peer.cidr, **({"except": list(peer.excepted)} if peer.excepted else {})}
    made = {"host": peer.host, "entities": list(peer.entities), "ip_block": block if peer.cidr else None}
    if not peer.namespace:
        return made
    namespace = {NAMESPACE: peer.namespace}
    return {**made, "namespace": peer.namespace, "namespace_labels": namespace, "labels": dict(peer.labels)}


def never(own: Iterable[str]) -> list[dict[str, Any]]:
    """Return the ranges that no rule may open as blocks, each without the networks of some that an App has there."""
    made = []
    for range_ in NEVER_OPENED:
        inside = sorted(text for text in set(own) if lies_in(text, str(range_)))
        if range_ != MAPPED and str(range_) not in inside:
            made.append({"cidr": str(range_), **({"except": inside} if inside else {})})
    return made


def shut(own: Iterable[str]) -> list[dict[str, list[str]]]:
    """Return the same by family, as networks and exceptions of all of them: no rule speaks of both."""
    made = []
    for version in (4, 6):
        blocks = [block for block in never(own) if network(block["cidr"]).version == version]
        nets, but = [block["cidr"] for block in blocks], [text for block in blocks for text in block.get("except", ())]
        made.append({"nets": nets, "notNets": but})
    return made


def connections(edges: Iterable[Edge]) -> list[dict[str, Any]]:
    """Return the same where nothing looks into connections: who may open which ports."""
    return callers(replace(edge, http=(ANYTHING,)) for edge in edges)


def shown(match: HttpMatch) -> dict[str, Any]:
    """Return what a request has to show, as templates read it.

    `when` are attributes of the request, each with one of `values` and none of `notValues`; a `*` is any value at all.
    """
    one = match.asked
    named = {"request.auth.audiences": one.audiences} if one.audiences else {}
    named |= {f"request.auth.claims[{name}]": values for name, values in one.claims}
    named |= {f"request.headers[{name}]": values for name, values in one.headers}
    when: list[dict[str, Any]] = [{"key": key, "values": list(values)} for key, values in named.items()]
    if one.agents:  # who sends none is none of those that are refused, and is refused, too
        when.append({"key": "request.headers[user-agent]", "values": ["*"], "notValues": list(one.agents)})
    return {"issuer": one.issuer, "addresses": list(one.addresses), "when": when}


def entrances(
    ports: Mapping[str, Port], edges: Iterable[Edge], platform: Platform
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return who may open each of an App's ports, by its name: `accounts`, and `networks` of those without an identity.

    Ports at which these cannot be told from pods (`unseen`) have none of either: what looks at callers cannot judge.
    """
    edges = list(edges)
    past, made = unseen(edges, platform), {}
    known = connections(edges)
    for name, port in ports.items():
        named = () if port.port in past else known
        own = [rule for rule in named if str(port.port) in rule["operation"]["ports"]]
        blocks = [{"reason": rule["reason"], **rule["ip_block"]} for rule in own if rule["ip_block"]]
        accounts = [{key: rule[key] for key in ("reason", "account", "namespace")} for rule in own if rule["account"]]
        made[name] = {"accounts": accounts, "networks": blocks}
    return made


def callers(edges: Iterable[Edge]) -> list[dict[str, Any]]:
    """Return who may ask an App for what: one entry for each caller, reason and kind of request, with all its ports.

    Only TCP, which is what a mesh sees, and not the node itself. A caller without `account` shows no identity; with
    `ip_block` it is a network.
    """

    def group(edge: Edge) -> tuple[bool, Endpoint, str, tuple[HttpMatch, ...]]:
        return edge.origin != "declared", edge.source, edge.reason, edge.http

    made = []
    for (_, source, reason, http), same in groupby(
        sorted((e for e in edges if e.protocol == "TCP" and not e.of_the_node), key=group), key=group
    ):
        ports = sorted({port for edge in same for port in edge.asked})
        for match in http:
            asked = {"methods": list(match.methods), "paths": list(match.paths)}
            made.append(
                {
                    "reason": reason,
                    "namespace": source.namespace,
                    "account": source.account,
                    "ip_block": {"cidr": source.cidr, "except": list(source.excepted)} if source.cidr else None,
                    "asked": shown(match),
                    "operation": {
                        "ports": [str(port) for port in ports],
                        **{key: values for key, values in asked.items() if values},
                    },
                }
            )
    return made
