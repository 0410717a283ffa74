"""The ends of contributed edges: pods of an App, of the gateway for egress or of others, or a network.

May import: answers, blueprint, contributions, link, relayed, resolvers, select, model, labels, networks, value.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from scaffold.answers.platform import has_entities
from scaffold.contributions import EndpointEntry
from scaffold.labels import means
from scaffold.networks import is_never_opened
from scaffold.system.link import api_server, endpoint, internet, network
from scaffold.system.model import NODE, Edge, Endpoint
from scaffold.system.relayed import gateway
from scaffold.system.resolvers import NAMES
from scaffold.system.select import broken
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffold.answers.load import Answers
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.blueprint import Blueprint
    from scaffold.contributions import EdgeEntry
    from scaffold.system.model import Half


_CALLED = (EndpointEntry(internet=True), EndpointEntry(apiServer=True), EndpointEntry(node=True))


class Ends(Value, frozen=True):
    """What ends of edges refer to: the pods and the proxy of each loaded App by its key, the Apps by namespace."""

    pods: Mapping[str, Endpoint]
    proxies: Mapping[str, Endpoint]
    apps: Mapping[str, list[App]]
    platform: Platform

    def edges(self, entry: EdgeEntry, blueprint: Blueprint) -> list[Edge]:
        """Return the edges of an entry: one, or one for each version of the protocol.

        Raises:
            BlueprintError: an end is none.
        """
        source = self._end(entry.source, blueprint)
        return [self._edge(entry, blueprint, source, target) for target in self._targets(entry, blueprint, source)]

    def _targets(self, entry: EdgeEntry, blueprint: Blueprint, source: Endpoint) -> list[Endpoint]:
        """Return the targets of an entry: one, unless it is called by what it is."""
        asked = entry.target
        if not (asked.internet or asked.apiServer or asked.node):
            return [self._end(asked, blueprint)]
        if asked not in _CALLED:
            what = "every public address" if asked.internet else "the API server" if asked.apiServer else "the own node"
            raise broken(blueprint, f"an end of an edge is {what}, and nothing else")
        if asked.internet:
            return internet(self.platform)
        if not source.app:
            raise broken(blueprint, "the API server and its own node are reached by an App; others reach networks")
        if asked.apiServer:
            return api_server(self.platform)
        if entry.port != NAMES or entry.endPort is not None:
            raise broken(blueprint, f"on its own node an App resolves names, on port {NAMES} alone")
        return [Endpoint(entities=NODE)] if has_entities(self.platform.spec) else []

    def _edge(self, entry: EdgeEntry, blueprint: Blueprint, source: Endpoint, target: Endpoint) -> Edge:
        if (entry.source.linkLocal and not target.app) or (entry.target.linkLocal and not source.app):
            raise broken(blueprint, "an address of the node's own is reached by pods of an App, or reaches them")
        # A resolver may have a link-local address: NodeLocal DNSCache, a cloud's.
        names = entry.port == NAMES and entry.endPort is None
        never = target.cidr and not names and not entry.target.linkLocal
        if never and is_never_opened(ip_network(target.cidr)):
            raise broken(blueprint, f"{target.cidr} is loopback, link-local or a metadata service: no rule may open it")
        return Edge(
            source,
            target,
            entry.port,
            entry.protocol,
            entry.reason,
            self._half(source),
            self._half(target),
            blueprint.id,
            end_port=entry.endPort or 0,
        )

    def _end(self, entry: EndpointEntry, blueprint: Blueprint) -> Endpoint:
        if entry.linkLocal:
            return _link_local(entry, blueprint)
        for key, named in ((entry.app, self.pods), (entry.proxy, self.proxies)):
            if key and key not in named:
                raise broken(blueprint, f"no App {key}, or none with a proxy")
            if key:
                return named[key]
        if bool(entry.cidr) == bool(entry.namespace and entry.labels):
            raise broken(blueprint, "an end of an edge is an App, a namespace with labels, or a network")
        if not entry.cidr and (owner := self._owner(entry)):
            return self.pods[owner]
        if not entry.cidr:
            end = Endpoint(str(entry.namespace), tuple(sorted(entry.labels.items())), account=entry.account or "")
            known = gateway(self.platform)
            return known if known and (known.namespace, known.labels) == (end.namespace, end.labels) else end
        try:
            return network(entry.cidr, self.platform)
        except ValueError as error:
            raise broken(blueprint, f"{entry.cidr} is not a network: {error}") from error

    def _half(self, end: Endpoint) -> Half:
        """Return who answers for an end: a bundle has the policies of its Apps' pods, and of the gateway's."""
        return "opened" if end.app or end == gateway(self.platform) else "foreign"

    def _owner(self, entry: EndpointEntry) -> str:
        """Return the loaded App whose pods the labels mean; the platform team says what lies there, so it is agreed."""
        spaces = self.apps.get(entry.namespace or "", ())
        return next((app.key for app in spaces if means(entry.labels, app)), "")


def _link_local(entry: EndpointEntry, blueprint: Blueprint) -> Endpoint:
    """Return one address of the node's own; never more than one."""
    cidr = str(entry.linkLocal)
    alone = entry == EndpointEntry(linkLocal=cidr)
    try:
        block = ip_network(cidr)
    except ValueError as error:
        raise broken(blueprint, f"{cidr} is not a network: {error}") from error
    if not alone or block.num_addresses > 1 or not is_never_opened(block):
        raise broken(blueprint, f"{cidr} is not one link-local address, and nothing else")
    return Endpoint(cidr=str(block))


def ends_of(answers: Answers, proxies: Mapping[str, Endpoint]) -> Ends:
    """Return what ends of edges refer to; `proxies` are those of Apps by the Apps' keys."""
    spaces: dict[str, list[App]] = {}
    for app in answers.apps:
        spaces.setdefault(app.namespace, []).append(app)
    return Ends({app.key: endpoint(app) for app in answers.apps}, proxies, spaces, answers.platform)
