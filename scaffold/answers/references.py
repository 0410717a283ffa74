"""Rules between documents: each App is known once, and every port that is called exists where its App is known.

May import: schema, platform, distributions, rules, balancers, conditions, families, pools, ports, registries,
resources, unknown, walker.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, get_args

from scaffold.answers import balancers, conditions, families, hosts, pools, ports, registries, resources
from scaffold.answers.distributions import assigns_ids
from scaffold.answers.platform import POINTS, relays_names
from scaffold.answers.rules import ambiguous, find_port, serves
from scaffold.answers.unknown import unknown
from scaffold.answers.walker import nearest, shown
from scaffold.answers.words import HttpMethod
from scaffold.labels import means
from scaffold.networks import lies_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.answers.peers import Callee, Caller, Peer
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


HTTP_METHODS: tuple[str, ...] = get_args(HttpMethod)


def check(app: App, apps: Mapping[str, App], unreadable: frozenset[str] | None) -> Iterator[Complaint]:
    """Yield what is wrong with how one App refers to the others.

    Args:
        app: the App that refers.
        apps: every App that was read, by `namespace/name`.
        unreadable: the keys of Apps that have problems of their own, which would make a complaint about them
            misleading; None where not even their names could be read.
    """
    yield from _of_others(app, apps)
    yield from balancers.check_names(app, apps)
    for index, callee in enumerate(app.spec.callees):
        at: Path = ("spec", "to", index)
        if callee.app is not None:
            yield from _callee(app, callee, apps, unreadable, at)
        yield from _pods(app, callee, apps, at)
    for index, caller in enumerate(app.spec.callers):
        yield from _pods(app, caller, apps, ("spec", "from", index))


def check_platform(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with how one App refers to its Platform."""
    if app.spec.permissions and platform.spec.apiServer is None:
        why = "the Platform does not say how to reach the API server"
        remedy = "Platform spec.apiServer: {cidrs: [10.0.0.1/32], port: 6443, audience: https://…}"
        yield ("spec", "permissions"), why, remedy
    yield from _ids(app, platform)
    teams = platform.spec.teams
    if teams and app.team not in teams:
        why = f"the Platform has no team {shown(app.team)}{nearest(app.team, teams)}"
        known = f"it has: {', '.join(list(teams)[:20])}" + (
            "" if app.spec.team else "; an App's is its namespace, unless it says"
        )
        yield ("spec", "team"), why, known
    yield from balancers.check_app(app, platform)
    yield from conditions.check_app(app, platform)
    yield from families.check_app(app, platform)
    yield from pools.check_app(app, platform)
    yield from ports.check_app(app, platform)
    yield from registries.check_app(app, platform)
    yield from resources.check_app(app, platform)
    stores = platform.spec.secretStores
    for name, secret in app.spec.secrets.items():
        if secret.store not in stores:
            why, known = unknown("secret store", secret.store, stores, "secretStores")
            yield ("spec", "secrets", name, "store"), why, known
    for index, callee in enumerate(app.spec.callees):
        yield from _cluster(callee, callee.cidrs, platform, ("spec", "to", index))
        yield from hosts.check(callee, platform, ("spec", "to", index))
        yield from _nodes(callee, platform, ("spec", "to", index))
        if callee.account and platform.spec.mesh is None:
            at: Path = ("spec", "to", index, "account")
            yield at, "without a mesh nobody is known by an account", "remove it, or declare the Platform's spec.mesh"
    for index, caller in enumerate(app.spec.callers):
        at = ("spec", "from", index)
        yield from _cluster(caller, [*caller.addresses, *caller.cidrs], platform, at)
        yield from _nodes(caller, platform, at)
        yield from _gateway(caller, platform, at)
        yield from _mesh(caller, platform, at)


def _mesh(caller: Caller, platform: Platform, at: Path) -> Iterator[Complaint]:
    if caller.until is not None and (caller.known or platform.spec.mesh is None):
        why = "only a mesh refuses callers without an identity, and takes one in plain text until a day"
        yield (*at, "until"), why, "remove it"
    for key in ("account", "methods", "paths"):
        if platform.spec.mesh is None and caller.gateway is None and getattr(caller, key):
            why = f"without a mesh nothing enforces {key}: NetworkPolicy knows pods and ports"
            yield (*at, key), why, "remove it, or declare the Platform's spec.mesh"


def _gateway(caller: Caller, platform: Platform, at: Path) -> Iterator[Complaint]:
    gateways = platform.spec.gateways
    if caller.gateway is not None and caller.gateway not in gateways:
        yield (*at, "gateway"), *unknown("gateway", caller.gateway, gateways, "gateways")


def _nodes(peer: Peer, platform: Platform, at: Path) -> Iterator[Complaint]:
    groups = platform.spec.nodes
    if peer.nodes is not None and peer.nodes not in groups:
        yield (*at, "nodes"), *unknown("nodes", peer.nodes, groups, "nodes", "their networks")


def _ids(app: App, platform: Platform) -> Iterator[Complaint]:
    """Whether ids are assigned is the cluster's to say; where they are, no other is admitted."""
    security, at = app.spec.security, ("spec", "security")
    if not assigns_ids(platform.spec.distribution):
        if not security.ids:
            why = "nothing assigns ids on this cluster: the image would decide"
            yield (*at, "user"), why, "leave it out or give a number; or Platform spec.distribution: openshift"
    elif security.ids:
        why = f"{platform.spec.distribution} admits only ids of the namespace's own range, and assigns them"
        yield (*at, "user"), why, "leave it out; the image has to run as any user of group 0"
    elif security.group is not None:
        why = f"{platform.spec.distribution} assigns the group of volumes, too, and the process has group 0"
        yield (*at, "group"), why, "leave it out; the image has to run as any user of group 0"


def _of_others(app: App, apps: Mapping[str, App]) -> Iterator[Complaint]:
    """The objects of another App are its own: `NAME.WHAT`, which no other App's name can spell."""
    names = {other.name for other in apps.values() if other.namespace == app.namespace and other is not app}
    for index, permission in enumerate(app.spec.permissions):
        for position, name in enumerate(permission.names):
            if permission.group == "" and name.partition(".")[0] in names and "." in name:
                why = f"{name} belongs to the App {name.partition('.')[0]}"
                yield (
                    ("spec", "permissions", index, "names", position),
                    why,
                    "remove it: let that App hand out what it has",
                )


def routes(apps: Iterable[App]) -> Iterator[tuple[App, Path, str]]:
    """Yield each entry whose requests are taken already: who gets one would depend on who was there first."""
    taken: dict[tuple[str, str, str, str], tuple[App, str | int]] = {}
    for app in apps:
        for index, caller in enumerate(app.spec.callers):
            if caller.gateway is None or caller.host is None:
                continue
            for path, method in product(caller.paths or ["/*"], caller.methods or HTTP_METHODS):
                first, port = taken.setdefault((caller.gateway, caller.host, path, method), (app, caller.port))
                if first is not app or port != caller.port:
                    why = f"{method} {caller.host}{path} is already taken by the App {first.key}"
                    yield app, ("spec", "from", index), why
                    break


def nested(apps: Iterable[App], platform: Platform) -> Iterator[tuple[App, Path, str]]:
    """Yield each entry for some of the requests that another App takes, where the gateway promises no order of the two.

    The Gateway API's promise that the narrowest comes first. Of other kinds, what takes all that is left comes last.
    """
    taken: dict[tuple[str, str], list[tuple[App, Caller]]] = {}
    for app in apps:
        for index, caller in enumerate(app.spec.callers):
            kind = getattr(platform.spec.gateways.get(caller.gateway or ""), "kind", _NARROWEST)
            if caller.gateway is None or caller.host is None or kind == _NARROWEST or not _is_some(caller):
                continue
            others = taken.setdefault((caller.gateway, caller.host), [])
            first = next((one for one, other in others if one is not app and _meet(caller, other)), None)
            if first is not None:
                yield app, ("spec", "from", index), f"some of these requests are the App {first.key}'s, too"
            others.append((app, caller))


_NARROWEST = POINTS["platform.gateways"].default


def _is_some(caller: Caller) -> bool:
    return bool(caller.methods) or "/*" not in (caller.paths or ["/*"])


def _meet(one: Caller, two: Caller) -> bool:
    if one.methods and two.methods and not {*one.methods} & {*two.methods}:
        return False
    paths = product(one.paths or ["/*"], two.paths or ["/*"])
    return any(_lies_below(first, second) or _lies_below(second, first) for first, second in paths)


def _lies_below(path: str, other: str) -> bool:
    """Tell whether a path, or all below it, is one of another's: `/x/*` has `/x`, and all below."""
    whole = path.removesuffix("/*")
    return whole == other or (other.endswith("/*") and f"{whole}/".startswith(other.removesuffix("*")))


def _callee(
    app: App, callee: Callee, apps: Mapping[str, App], unreadable: frozenset[str] | None, at: Path
) -> Iterator[Complaint]:
    key = f"{callee.namespace or app.namespace}/{callee.app}"
    peer = apps.get(key)
    if peer is None:
        if isinstance(callee.port, str) and unreadable is not None and key not in unreadable:
            why = f'the App {key} was not given, so its port "{callee.port}" is not known'
            remedy = "write the pod port's number, or give that App with -f, or --known where it is rendered elsewhere"
            yield (*at, "port"), why + nearest(key, apps), remedy
        return
    if peer.spec.workload.ends:
        why = f"{key} is a {peer.spec.workload.kind}: it serves nobody, and has no Service to be found by"
        yield (*at, "app"), why, "remove the entry, or make it another kind of workload"
        return
    for name in ("protocol", "endPort"):
        if getattr(callee, name) is not None:
            yield (*at, name), f"{key} already declares it", f"remove `{name}`"
    if ambiguous(peer, callee.port):
        names = ", ".join(name for name, port in peer.spec.ports.items() if port.port == callee.port)
        yield (*at, "port"), f"{callee.port} is more than one port of {key}", f"write one of: {names}"
    if find_port(peer, callee.port) is not None:
        return
    near = nearest(callee.port, peer.spec.ports) if isinstance(callee.port, str) else ""
    names = ", ".join(f"{name} ({port})" for name, port in list(peer.spec.ports.items())[:10]) or "none"
    mapped = next((name for name, port in peer.spec.ports.items() if port.service == callee.port), None)
    remedy = f'{callee.port} is its Service port: write "{mapped}"' if mapped else f"it declares: {names}"
    yield (*at, "port"), f"{key} has no port {shown(callee.port)}{near}", remedy


def stale(known: App, apps: Mapping[str, App]) -> Iterator[Complaint]:
    """Yield the flows of an App that is rendered elsewhere to ports that Apps given here do not have, or no more."""
    for index, callee in enumerate(known.spec.callees):
        if callee.app is None:
            continue
        peer = apps.get(f"{callee.namespace or known.namespace}/{callee.app}")
        if peer is not None and not serves(peer, callee.port):
            why = f"{known.key} calls {peer.key}:{callee.port}, which it does not serve: nothing is opened for it"
            yield ("spec", "to", index), why, "tell its team, or fetch its index again"


def _pods(app: App, peer: Peer, apps: Mapping[str, App], at: Path) -> Iterator[Complaint]:
    """A known App addressed by labels would get no half of the flow: nobody would open its own side."""
    if not peer.pods:
        return
    namespace = peer.namespace or app.namespace
    for other in apps.values():
        if other.namespace == namespace and means(peer.pods, other):
            yield (*at, "pods"), f"these labels select the App {other.key}", f"write `app: {other.name}`"


def _cluster(peer: Caller | Callee, cidrs: list[str], platform: Platform, at: Path) -> Iterator[Complaint]:
    """The cluster's own: its networks are reached by labels, its DNS is open to every App already."""
    for text in [*([peer.cidr] if peer.cidr else []), *cidrs]:
        for network in platform.spec.clusterNetworks:
            if lies_in(text, network):
                why = f"{text} lies in the cluster's own network {network}"
                key = "cidr" if text == peer.cidr else "addresses" if text not in peer.cidrs else "cidrs"
                yield (
                    (*at, key),
                    why,
                    "name pods by `app` or `pods`, since addresses of pods change, and nodes by `nodes`",
                )
    dns = platform.spec.dns
    known = [labels.items() for labels in (dns.labels, dns.cache) if labels]
    if peer.pods and peer.namespace == dns.namespace and any(peer.pods.items() <= labels for labels in known):
        yield (*at, "pods"), "these are the cluster's DNS", "remove it: every App resolves names"
    relay: Any = platform.spec.egressGateway
    there = peer.pods and relays_names(platform.spec) and peer.namespace == relay.namespace
    if there and peer.pods and peer.pods.items() <= relay.labels.items():
        why = "these are the Platform's gateway for egress, which passes on what is sent to hosts"
        yield (*at, "pods"), why, "name the `host`"
