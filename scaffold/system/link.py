"""Turn what callers and callees declared into edges, and decide who opens each half.

An edge between Apps of one team in one namespace, or declared on both sides, is agreed: both halves are opened. (An
App names its team itself, so in another namespace the name proves nothing.) Declared by one side only, the other team's
half is withheld: the caller's wish is a request, the callee's an offer. The half of a peer that no loaded App owns is
foreign.

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
    flows: dict[_Flow, _Declared] = {}
    for app in answers.apps:
        for index, callee in enumerate(app.spec.callees):
            for target in _targets(app, callee, apps, answers.platform):
                port, protocol, name = _port(callee, apps.get(target.app))
                reason = f"{app.name} calls {callee.host or _named(target, app.namespace)}:{name}"
                flow = flows.setdefault((endpoint(app), target, port, protocol, callee.host or ""), _Declared(reason))
                flow.by_source.append(answers.place(app.key, ("spec", "to", index)))
        for index, caller in enumerate(app.spec.callers):
            source = _endpoint(app, caller, apps, answers.platform)
            name = str(find_port(app, caller.port))
            own = app.spec.ports[name]
            verb = "call" if source.labels and not source.app and not conventional(source) else "calls"
            who = f"the gateway {caller.gateway}" if caller.gateway else _named(source, app.namespace)
            reason = f"{who} {'calls' if caller.gateway else verb} {app.name}:{name}"
            flow = flows.setdefault((source, endpoint(app), own.port, own.l4, ""), _Declared(reason))
            flow.by_target.append(answers.place(app.key, ("spec", "from", index)))
            flow.http.add(HttpMatch(tuple(sorted(set(caller.methods))), _patterns(caller.paths)))
    return tuple(sorted(_edge(flow, declared, apps) for flow, declared in flows.items()))


def _patterns(paths: list[str]) -> tuple[str, ...]:
    """Return paths as they are compared one by one: a directory (`/x/*`) is itself and all below it."""
    directories = [path.removesuffix("/*") for path in paths if path.endswith("/*") and path != "/*"]
    return tuple(sorted({*paths, *directories}))


def endpoint(app: App) -> Endpoint:
    """Return the pods of an App as an end of an edge."""
    return Endpoint(app.namespace, tuple(selector(app.name).items()), "", app.key, app.name)


def network(cidr: str, platform: Platform) -> Endpoint:
    """Return a network as an end of an edge; what lies in it and may not be opened is excepted."""
    return Endpoint(cidr=cidr, excepted=tuple(excepted_within(ip_network(cidr), platform.spec.clusterNetworks)))


def internet(platform: Platform) -> list[Endpoint]:
    """Return all public addresses: no private ones, none of the cluster's, none that may never be opened."""
    shut = [*map(str, PRIVATE), *platform.spec.clusterNetworks]
    return [Endpoint(cidr=cidr, excepted=tuple(excepted_within(ip_network(cidr), shut))) for cidr in INTERNET]


def _targets(app: App, callee: Callee, apps: dict[str, App], platform: Platform) -> list[Endpoint]:
    if callee.host is None:
        return [_endpoint(app, callee, apps, platform)]
    return internet(platform) if callee.internet else [network(cidr, platform) for cidr in callee.cidrs]


def _endpoint(app: App, peer: Peer, apps: dict[str, App], platform: Platform) -> Endpoint:
    if peer.cidr is not None:
        return network(peer.cidr, platform)
    if isinstance(peer, Caller) and peer.gateway is not None:
        gateway = platform.spec.gateways[peer.gateway]
        owner = next(
            (one for one in apps.values() if one.namespace == gateway.namespace and means(gateway.labels, one)), None
        )
        if owner is not None:
            return endpoint(owner)
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


def _edge(flow: _Flow, declared: _Declared, apps: dict[str, App]) -> Edge:
    source, target, port, protocol, _ = flow
    caller, callee = apps.get(source.app), apps.get(target.app)
    one_team = (
        caller is not None and callee is not None and (caller.namespace, caller.team) == (callee.namespace, callee.team)
    )
    egress: Half = "foreign" if caller is None else "opened" if declared.by_source or one_team else "withheld"
    ingress: Half = "foreign" if callee is None else "opened" if declared.by_target or one_team else "withheld"
    places = tuple(sorted({*declared.by_source, *declared.by_target}))
    # One entry that asks for everything leaves nothing to narrow; so does a caller's word alone, within one team.
    wanted = declared.http if ANYTHING not in declared.http else ()
    http = tuple(sorted(wanted)) or (ANYTHING,)
    return Edge(source, target, port, protocol, declared.reason, egress, ingress, "declared", places, http)
