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

from scaffold.answers.peers import Caller
from scaffold.answers.rules import find_port
from scaffold.errors import Place
from scaffold.labels import means, selector
from scaffold.networks import INTERNET, PRIVATE, excepted_within
from scaffold.system.model import ANYTHING, Edge, Endpoint, Half, HttpMatch

if TYPE_CHECKING:
    from scaffold.answers.load import Answers
    from scaffold.answers.peers import Callee, Peer
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App


class _Declared(Struct):
    """One flow, and which sides declared it where."""

    reason: str
    by_source: list[Place] = field(default_factory=list)
    by_target: list[Place] = field(default_factory=list)
    http: set[HttpMatch] = field(default_factory=set)


_Flow = tuple[Endpoint, Endpoint, int, str, str]


def link(answers: Answers) -> tuple[Edge, ...]:
    """Return the declared edges, sorted; every port is a pod port."""
    apps = {app.key: app for app in answers.apps}
    known = {app.key: app for app in answers.known}
    flows: dict[_Flow, _Declared] = {}
    for app in answers.apps:
        for index, callee in enumerate(app.spec.callees):
            for target in _targets(app, callee, apps, answers):
                peer = f"{callee.namespace or app.namespace}/{callee.app}"
                port, protocol, name = _port(callee, apps.get(target.app) or known.get(peer))
                reason = _reason(endpoint(app), target, name, host=callee.host)
                flow = flows.setdefault((endpoint(app), target, port, protocol, callee.host or ""), _Declared(reason))
                flow.by_source.append(answers.place(app.key, ("spec", "to", index)))
        for index, caller in enumerate(app.spec.callers):
            source = _endpoint(app, caller, apps, answers)
            name = str(find_port(app, caller.port))
            own = app.spec.ports[name]
            reason = (
                f"the gateway {caller.gateway} calls {app.name}:{name}"
                if caller.gateway
                else _reason(source, endpoint(app), name)
            )
            flow = flows.setdefault((source, endpoint(app), own.port, own.l4, ""), _Declared(reason))
            flow.by_target.append(answers.place(app.key, ("spec", "from", index)))
            flow.http.add(HttpMatch(tuple(sorted(set(caller.methods))), _patterns(caller.paths)))
    for app in answers.known:
        _elsewhere(app, apps, answers, flows)
    owners = {**{published(app): app for app in answers.known}, **{endpoint(app): app for app in answers.apps}}
    return tuple(sorted(_edge(flow, declared, owners) for flow, declared in flows.items()))


def _elsewhere(app: App, apps: dict[str, App], answers: Answers, flows: dict[_Flow, _Declared]) -> None:
    """Add what an App that is rendered elsewhere declared of its flows with Apps given here."""
    for index, callee in enumerate(app.spec.callees):
        peer = apps.get(f"{callee.namespace or app.namespace}/{callee.app}")
        name = find_port(peer, callee.port) if peer and not peer.spec.workload.ends else None
        if peer and name:
            own = peer.spec.ports[name]
            reason = _reason(published(app), endpoint(peer), name)
            flow = flows.setdefault((published(app), endpoint(peer), own.port, own.l4, ""), _Declared(reason))
            flow.by_source.append(answers.place(app.key, ("spec", "to", index)))
    for index, caller in enumerate(app.spec.callers):
        peer = apps.get(f"{caller.namespace or app.namespace}/{caller.app}")
        if peer:
            name = str(find_port(app, caller.port))
            own = app.spec.ports[name]
            reason = _reason(endpoint(peer), published(app), name)
            flow = flows.setdefault((endpoint(peer), published(app), own.port, own.l4, ""), _Declared(reason))
            flow.by_target.append(answers.place(app.key, ("spec", "from", index)))


def _patterns(paths: list[str]) -> tuple[str, ...]:
    """Return paths as they are compared one by one: a directory (`/x/*`) is itself and all below it."""
    directories = [path.removesuffix("/*") for path in paths if path.endswith("/*") and path != "/*"]
    return tuple(sorted({*paths, *directories}))


def endpoint(app: App) -> Endpoint:
    """Return the pods of an App as an end of an edge."""
    return Endpoint(app.namespace, tuple(selector(app.name).items()), "", app.key, app.name)


def published(app: App) -> Endpoint:
    """Return the pods of an App that is rendered elsewhere: found by convention, as those of one that nobody gave."""
    return Endpoint(app.namespace, tuple(selector(app.name).items()), account=app.name)


def network(cidr: str, platform: Platform) -> Endpoint:
    """Return a network as an end of an edge; what lies in it and may not be opened is excepted."""
    return Endpoint(cidr=cidr, excepted=tuple(excepted_within(ip_network(cidr), platform.spec.clusterNetworks)))


def internet(platform: Platform) -> list[Endpoint]:
    """Return all public addresses: no private ones, none of the cluster's, none that may never be opened."""
    shut = [*map(str, PRIVATE), *platform.spec.clusterNetworks]
    return [Endpoint(cidr=cidr, excepted=tuple(excepted_within(ip_network(cidr), shut))) for cidr in INTERNET]


def _targets(app: App, callee: Callee, apps: dict[str, App], answers: Answers) -> list[Endpoint]:
    if callee.host is None:
        return [_endpoint(app, callee, apps, answers)]
    platform = answers.platform
    return internet(platform) if callee.internet else [network(cidr, platform) for cidr in callee.cidrs]


def _endpoint(app: App, peer: Peer, apps: dict[str, App], answers: Answers) -> Endpoint:
    platform = answers.platform
    if peer.cidr is not None:
        return network(peer.cidr, platform)
    if isinstance(peer, Caller) and peer.gateway is not None:
        gateway = platform.spec.gateways[peer.gateway]
        for owners, found in ((answers.apps, endpoint), (answers.known, published)):
            for one in owners:
                if one.namespace == gateway.namespace and means(gateway.labels, one):
                    return found(one)
        return Endpoint(gateway.namespace, tuple(sorted(gateway.labels.items())), account=gateway.account or "")
    namespace = peer.namespace or app.namespace
    if peer.pods is not None:
        account = (peer.account or "") if isinstance(peer, Caller) else ""
        return Endpoint(namespace, tuple(sorted(peer.pods.items())), account=account)
    known = apps.get(f"{namespace}/{peer.app}")
    if known:
        return endpoint(known)
    # An App that was not given is addressed by convention: the label that every App's pods carry, and its account.
    return Endpoint(namespace, tuple(selector(str(peer.app)).items()), account=str(peer.app))


def _port(callee: Callee, target: App | None) -> tuple[int, str, str]:
    """Return the pod port, the transport, and the port as people call it."""
    if target is not None:
        name = str(find_port(target, callee.port))
        return target.spec.ports[name].port, target.spec.ports[name].l4, name
    return int(callee.port), (callee.protocol or "tcp").upper(), str(callee.port)


def _reason(source: Endpoint, target: Endpoint, port: str, host: str | None = None) -> str:
    """Say who calls whom: in the same words, whichever of them declared it."""
    verb = "calls" if source.cidr or conventional(source) else "call"
    return f"{_beside(source, target)} {verb} {host or _beside(target, source)}:{port}"


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
    source, target, port, protocol, _ = flow
    caller, callee = owners.get(source), owners.get(target)
    one_team = (
        caller is not None and callee is not None and (caller.namespace, caller.team) == (callee.namespace, callee.team)
    )
    egress = _half(source, caller, agreed=bool(declared.by_source) or one_team)
    ingress = _half(target, callee, agreed=bool(declared.by_target) or one_team)
    places = tuple(sorted({*declared.by_source, *declared.by_target}))
    # One entry that asks for everything leaves nothing to narrow; so does a caller's word alone, within one team.
    wanted = declared.http if ANYTHING not in declared.http else ()
    http = tuple(sorted(wanted)) or (ANYTHING,)
    return Edge(source, target, port, protocol, declared.reason, egress, ingress, "declared", places, http)


def _half(end: Endpoint, owner: App | None, *, agreed: bool) -> Half:
    if end.app:
        return "opened" if agreed else "withheld"
    return "agreed" if owner is not None and agreed else "foreign"
