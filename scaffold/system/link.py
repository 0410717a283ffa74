"""Turn what callers and callees declared into edges, and decide who opens each half.

An edge between Apps of one team in one namespace, or declared on both sides, is agreed: both halves are opened. (An
App names its team itself, so in another namespace the name proves nothing.) Declared by one side only, the other team's
half is withheld: the caller's wish is a request, the callee's an offer. The half of an App that is rendered elsewhere
is agreed by the same rule: its own bundle opens it. The half of a peer that no App owns, or has not agreed, is foreign.

May import: answers, labels, model, errors.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from scaffold.answers.families import family
from scaffold.answers.numbers import numbered
from scaffold.answers.peers import Callee, Caller
from scaffold.answers.platform import knows_nodes, relays_names
from scaffold.answers.rules import find_port, serves
from scaffold.errors import Place
from scaffold.labels import means, selector
from scaffold.networks import INTERNET, PRIVATE, excepted_within
from scaffold.system.model import ANYTHING, API_SERVER, NODES, Asked, Edge, Endpoint, Half, HttpMatch

if TYPE_CHECKING:
    from scaffold.answers.load import Answers
    from scaffold.answers.peers import Peer
    from scaffold.answers.platform import Platform
    from scaffold.answers.port import Port
    from scaffold.answers.schema import App


class _Declared(Struct):
    """One flow, and which sides declared it where."""

    reason: str
    by_source: list[Place] = field(default_factory=list)
    by_target: list[Place] = field(default_factory=list)
    http: set[HttpMatch] = field(default_factory=set)
    until: set[str] = field(default_factory=set)


_Flow = tuple[Endpoint, Endpoint, int, int, str, str]


def link(answers: Answers) -> tuple[Edge, ...]:
    """Return the declared edges, sorted; every port is a pod port. Those among Apps of elsewhere are not ours."""
    apps = {app.key: app for app in (*answers.apps, *answers.known)}
    ends = {app.key: endpoint(app) for app in answers.apps} | {app.key: published(app) for app in answers.known}
    flows: dict[_Flow, _Declared] = {}
    for app in apps.values():
        for index, callee in enumerate(app.spec.callees):
            peer = apps.get(_key(app, callee))
            # An index may be older than what is given: a port that is gone is told of when the index is read.
            if not _is_ours(app, callee, ends) or (peer and not serves(peer, callee.port)):
                continue
            for target in _targets(app, callee, answers, ends):
                ports, name = _port(callee, peer)
                called = callee.host or (f"nodes ({callee.nodes})" if callee.nodes else None)
                reason = _reason(ends[app.key], target, name, called)
                flow = flows.setdefault((ends[app.key], target, *ports, callee.host or ""), _Declared(reason))
                flow.by_source.append(answers.place(app.key, ("spec", "to", index)))
        for index, caller in enumerate(app.spec.callers):
            if not _is_ours(app, caller, ends):
                continue
            name = str(find_port(app, caller.port))
            methods, paths = tuple(sorted(set(caller.methods))), _patterns(caller.paths)
            # What an App of elsewhere asks of requests is in its own bundle.
            asked = _asked(caller, answers.platform) if ends[app.key].app else Asked()
            for source in _sources(app, caller, answers, ends):
                reason = _called(caller, app, name, source, answers.platform) or _reason(source, ends[app.key], name)
                key = (source, ends[app.key], *_ports(app.spec.ports[name]), "")
                flow = flows.setdefault(key, _Declared(reason))
                flow.by_target.append(answers.place(app.key, ("spec", "from", index)))
                flow.http.add(HttpMatch(methods, paths, asked))
                flow.until.add(caller.until or "")
    owners = {ends[key]: app for key, app in apps.items()}
    relays = relays_names(answers.platform.spec)
    return tuple(sorted(_relayed(_edge(flow, declared, owners), relays=relays) for flow, declared in flows.items()))


def _relayed(edge: Edge, *, relays: bool) -> Edge:
    """Return an edge as a gateway for egress has it, which opens hosts that are known by their names."""
    return replace(edge, egress="relayed") if relays and edge.target.host and edge.egress == "opened" else edge


def _key(app: App, peer: Peer) -> str:
    """Return which App a peer is; nothing where it is none."""
    return f"{peer.namespace or app.namespace}/{peer.app}" if peer.app else ""


def _is_ours(app: App, peer: Peer, ends: dict[str, Endpoint]) -> bool:
    """Tell whether an App that was given is at one end of what an App declares."""
    return any(end.app for end in (ends[app.key], ends.get(_key(app, peer))) if end is not None)


def _patterns(paths: list[str]) -> tuple[str, ...]:
    """Return paths as they are compared one by one: a directory (`/x/*`) is itself and all below it."""
    directories = [path.removesuffix("/*") for path in paths if path.endswith("/*") and path != "/*"]
    return tuple(sorted({*paths, *directories}))


def _asked(caller: Caller, platform: Platform) -> Asked:
    """Return what an entry asks of requests; values in any order, and twice, are the same."""
    token = caller.token
    claims = token.claims.items() if token else ()
    return Asked(
        platform.spec.issuers[token.issuer].issuer if token else "",
        tuple(sorted(set(token.audiences))) if token else (),
        tuple(sorted((name, tuple(sorted(set(values)))) for name, values in claims)),
        tuple(sorted((name, tuple(sorted(set(values)))) for name, values in caller.headers.items())),
        tuple(sorted(set(caller.addresses))),
        tuple(sorted(set(caller.refusedAgents))),
    )


def endpoint(app: App) -> Endpoint:
    """Return the pods of an App as an end of an edge."""
    return Endpoint(app.namespace, tuple(selector(app.name).items()), "", app.key, app.name)


def published(app: App) -> Endpoint:
    """Return the pods of an App that is rendered elsewhere: found by convention, as those of one that nobody gave."""
    return Endpoint(app.namespace, tuple(selector(app.name).items()), account=app.name)


def network(cidr: str, platform: Platform) -> Endpoint:
    """Return a network as an end of an edge; what lies in it and may not be opened is excepted."""
    return Endpoint(cidr=cidr, excepted=excepted_within(ip_network(cidr), platform.spec.clusterNetworks))


def internet(platform: Platform) -> list[Endpoint]:
    """Return all public addresses: no private ones, none of the cluster's, none that may never be opened.

    Those of the families that the cluster has.
    """
    shut = [*map(str, PRIVATE), *platform.spec.clusterNetworks]
    own = platform.spec.ipFamilies
    return [
        Endpoint(cidr=cidr, excepted=excepted_within(ip_network(cidr), shut))
        for cidr in INTERNET
        if not own or family(cidr) in own
    ]


def _nodes(peer: Peer, platform: Platform) -> list[Endpoint]:
    """Return a group of nodes as ends of edges: its networks, or all nodes where none is known by its address."""
    if peer.nodes and knows_nodes(platform.spec):
        return [Endpoint(entities=NODES)]
    return [network(cidr, platform) for cidr in platform.spec.nodes[peer.nodes].cidrs] if peer.nodes else []


def api_server(platform: Platform) -> list[Endpoint]:
    """Return the API server as ends of edges: as what it is, or its networks."""
    if knows_nodes(platform.spec):
        return [Endpoint(entities=API_SERVER)]
    return [network(cidr, platform) for cidr in (platform.spec.apiServer.cidrs if platform.spec.apiServer else ())]


def _passed_on(caller: Caller, platform: Platform) -> list[Endpoint]:
    """Return as whom connections through a load balancer reach pods: their callers, or the balancer itself."""
    if caller.loadBalancer is None:
        return []
    balancer = platform.spec.loadBalancers[caller.loadBalancer]
    asking = [network(cidr, platform) for cidr in balancer.healthChecks]
    if balancer.source == "preserved" and caller.internet:
        return [*internet(platform), *asking]
    return [*(network(cidr, platform) for cidr in (balancer.cidrs or caller.cidrs)), *asking]


def _called(caller: Caller, app: App, port: str, source: Endpoint, platform: Platform) -> str:
    """Say who calls where that is known by a name of the Platform's; nothing where it is not."""
    if caller.nodes:
        return f"nodes ({caller.nodes}) call {app.name}:{port}"
    if caller.loadBalancer and source.cidr in platform.spec.loadBalancers[caller.loadBalancer].healthChecks:
        return f"the load balancer {caller.loadBalancer} asks {app.name}:{port} whether it is well"
    if caller.loadBalancer:
        return f"the load balancer {caller.loadBalancer} passes on to {app.name}:{port}"
    return f"the gateway {caller.gateway} calls {app.name}:{port}" if caller.gateway else ""


def _sources(app: App, caller: Caller, answers: Answers, ends: dict[str, Endpoint]) -> list[Endpoint]:
    named = _nodes(caller, answers.platform) or _passed_on(caller, answers.platform)
    return named or [_endpoint(app, caller, answers, ends)]


def _targets(app: App, callee: Callee, answers: Answers, ends: dict[str, Endpoint]) -> list[Endpoint]:
    if callee.nodes is not None:
        return _nodes(callee, answers.platform)
    if callee.host is None:
        return [_endpoint(app, callee, answers, ends)]
    platform = answers.platform
    if callee.internet:
        return internet(platform)
    return [network(cidr, platform) for cidr in callee.cidrs] or [Endpoint(host=callee.host)]


def _endpoint(app: App, peer: Peer, answers: Answers, ends: dict[str, Endpoint]) -> Endpoint:
    platform = answers.platform
    if peer.cidr is not None:
        return network(peer.cidr, platform)
    if isinstance(peer, Caller) and peer.gateway is not None:
        gateway = platform.spec.gateways[peer.gateway]
        for one in (*answers.apps, *answers.known):
            if one.namespace == gateway.namespace and means(gateway.labels, one):
                return ends[one.key]
        return Endpoint(gateway.namespace, tuple(sorted(gateway.labels.items())), account=gateway.account or "")
    namespace = peer.namespace or app.namespace
    if peer.pods is not None:
        account = (peer.account or "") if isinstance(peer, (Caller, Callee)) else ""
        return Endpoint(namespace, tuple(sorted(peer.pods.items())), account=account)
    known = ends.get(_key(app, peer))
    if known is not None:
        return known
    # An App that was not given is addressed by convention: the label that every App's pods carry, and its account.
    return Endpoint(namespace, tuple(selector(str(peer.app)).items()), account=str(peer.app))


def _ports(port: Port) -> tuple[int, int, str]:
    """Return an App's port as a flow has it: the pod port, the last one of a range (else 0), and the transport."""
    return port.port, port.endPort or 0, port.l4


def _port(callee: Callee, target: App | None) -> tuple[tuple[int, int, str], str]:
    """Return the same of what is called, and the port as people call it."""
    if target is not None:
        name = str(find_port(target, callee.port))
        return _ports(target.spec.ports[name]), name
    first, last = int(callee.port), callee.endPort or 0
    return (first, last, (callee.protocol or "tcp").upper()), numbered(first, last)


def _reason(source: Endpoint, target: Endpoint, port: str, called: str | None = None) -> str:
    """Say who calls whom: in the same words, whichever of them declared it."""
    verb = "calls" if source.cidr or conventional(source) else "call"
    return f"{_beside(source, target)} {verb} {called or _beside(target, source)}:{port}"


def _beside(end: Endpoint, other: Endpoint) -> str:
    """Return how an end is called beside the other: an App in full where that is an App of another namespace."""
    alone = conventional(end) and not conventional(other)
    return _named(end, end.namespace if alone else other.namespace)


def _named(end: Endpoint, seen_from: str) -> str:
    if end.cidr:
        return end.cidr
    by_name = conventional(end)
    name = end.labels[0][1] if by_name else "pods " + ",".join(f"{key}={value}" for key, value in end.labels)
    if end.namespace == seen_from:
        return name
    return f"{end.namespace}/{name}" if by_name else f"{name} in {end.namespace}"


def conventional(end: Endpoint) -> bool:
    """Tell whether pods are addressed as an App's are: by the one label that carries its name."""
    return [key for key, _ in end.labels] == list(selector(""))


def _edge(flow: _Flow, declared: _Declared, owners: dict[Endpoint, App]) -> Edge:
    source, target, port, end_port, protocol, _ = flow
    caller, callee = owners.get(source), owners.get(target)
    one_team = (
        caller is not None and callee is not None and (caller.namespace, caller.team) == (callee.namespace, callee.team)
    )
    egress = _half(source, caller, agreed=bool(declared.by_source) or one_team)
    ingress = _half(target, callee, agreed=bool(declared.by_target) or one_team)
    places = tuple(sorted({*declared.by_source, *declared.by_target}))
    # One entry that asks for everything leaves nothing to narrow; so does a caller's word alone, within one team.
    # What asks for more is kept beside it: that it asks in vain has to be said.
    wide = not declared.http or ANYTHING in declared.http
    kept = {one for one in declared.http if one.asked.kinds or not wide}
    http = tuple(sorted(kept | {ANYTHING} if wide else kept))
    until = "" if "" in declared.until else max(declared.until, default="")
    made = Edge(source, target, port, protocol, declared.reason, egress, ingress, "declared", places, http, end_port)
    return replace(made, until=until)


def _half(end: Endpoint, owner: App | None, *, agreed: bool) -> Half:
    if end.app:
        return "opened" if agreed else "withheld"
    return "agreed" if owner is not None and agreed else "foreign"
