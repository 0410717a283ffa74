"""Rules that look at more than one value of one App. Each returns problems as (path, message, remedy).

May import: schema, platform, walker (spelling of values), networks; the rules of addresses, balancers, conditions,
exceptions, families, mounts, permissions, pools, ports, processes, registries, resources, secrets and workloads.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from msgspec.structs import fields

from scaffold.answers import (
    addresses,
    balancers,
    conditions,
    exceptions,
    families,
    mounts,
    permissions,
    pools,
    ports,
    processes,
    registries,
    resources,
    secrets,
    workloads,
)
from scaffold.answers.distributions import DISTRIBUTIONS
from scaffold.answers.option_words import WORDS
from scaffold.answers.platform import POINTS, PlatformSpec
from scaffold.answers.processes import declared, joined
from scaffold.answers.walker import nearest, shown
from scaffold.networks import lies_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.peers import Callee, Caller, Peer
    from scaffold.answers.platform import Gateway, Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

# What the Gateway API takes: requests in one rule, rules in one route.
_MATCHES = 64
_RULES = 16
# What tells one caller from another.
_WHO = ("app", "pods", "cidr", "nodes", "loadBalancer", "namespace", "account", "gateway", "host")
# The namespace's own ServiceAccount and policy.
_RESERVED_NAMES = ("default", "default-deny")


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with one App taken by itself."""
    yield from _namespace(app)
    yield from ports.check(app)
    yield from processes.check(app)
    yield from _peers(app)
    yield from mounts.check(app)
    yield from secrets.check(app)
    yield from permissions.check(app)
    yield from workloads.check(app)
    yield from exceptions.check(app)
    yield from balancers.check(app)
    yield from conditions.check(app)


def _namespace(app: App) -> Iterator[Complaint]:
    if app.name in _RESERVED_NAMES:
        yield (
            ("metadata", "name"),
            f"{app.name} is the name of an object of the namespace itself",
            "choose another name",
        )
    if app.namespace == "default" or app.namespace.startswith("kube-"):
        why = f"{app.namespace} is the cluster's own namespace"
        yield ("metadata", "namespace"), why, "give the App a namespace of its own"


def _peers(app: App) -> Iterator[Complaint]:
    for side, entries in (("from", app.spec.callers), ("to", app.spec.callees)):
        for index, peer in enumerate(entries):
            at: Path = ("spec", side, index)
            yield from _peer(peer, at)
    for index, caller in enumerate(app.spec.callers):
        if ambiguous(app, caller.port):
            yield ("spec", "from", index, "port"), f"{caller.port} is more than one port", declared(app.spec.ports)
        elif find_port(app, caller.port) is None:
            why = f"this App has no port {shown(caller.port)}"
            near = nearest(caller.port, app.spec.ports) if isinstance(caller.port, str) else ""
            yield ("spec", "from", index, "port"), why + near, declared(app.spec.ports)
        yield from _caller(app, caller, ("spec", "from", index))
        yield from _narrowed(app, index)
        for number, text in enumerate(caller.cidrs):
            yield from addresses.check(text, ("spec", "from", index, "cidrs", number))
    yield from _entries_of_hosts(app)
    for index, callee in enumerate(app.spec.callees):
        at = ("spec", "to", index, "port")
        yield from _account(callee, callee.protocol or "tcp", ("spec", "to", index))
        yield from _host(callee, ("spec", "to", index))
        yield from ports.check_callee(callee, ("spec", "to", index))
        if callee.app is None and isinstance(callee.port, str):
            yield at, f'"{callee.port}" has no meaning outside an App', "write the pod port's number"


def _peer(peer: Peer, at: Path) -> Iterator[Complaint]:
    given = [key for key in peer.ONE_OF if getattr(peer, key) is not None]
    if len(given) != 1:
        yield at, f"{joined(given) or 'no peer'} given", f"give exactly one of {', '.join(peer.ONE_OF)}"
    if peer.namespace is not None and given not in (["app"], ["pods"]):
        yield (*at, "namespace"), "only Apps and pods are in a namespace", "remove it"
    if peer.cidr is not None:
        yield from addresses.check(peer.cidr, (*at, "cidr"))


def _account(peer: Caller | Callee, protocol: str, at: Path) -> Iterator[Complaint]:
    if peer.account is not None and peer.pods is None:
        yield (*at, "account"), "an App's account is its own, and addresses have none", "remove it"
    if peer.account is not None and protocol.upper() != "TCP":
        yield (*at, "account"), "a mesh sees TCP only", "remove it"


def _caller(app: App, caller: Caller, at: Path) -> Iterator[Complaint]:
    if (caller.gateway is None) != (caller.host is None):
        missing, given = ("host", "gateway") if caller.host is None else ("gateway", "host")
        yield at, f"{given} without {missing}", "give both: which gateway, and which host's requests it passes on"
    name = find_port(app, caller.port)
    if caller.gateway is not None and name is not None and app.spec.ports[name].protocol not in {"http", "grpc"}:
        yield (*at, "port"), f"{name} is no HTTP port: a gateway routes requests", "declare its protocol: http or grpc"
    if max(len(caller.methods), 1) * len(caller.paths) > _MATCHES and caller.gateway is not None:
        why = f"{len(caller.methods)} methods on {len(caller.paths)} paths: a route holds {_MATCHES} pairs"
        yield (*at, "paths"), why, "name directories: /api/*"
    yield from _account(caller, app.spec.ports[name].l4 if name else "TCP", at)
    for index, text in enumerate(caller.addresses):
        yield from addresses.check(text, (*at, "addresses", index))
    for key in ("methods", "paths", *conditions.CONDITIONS):
        if getattr(caller, key) and name is not None and app.spec.ports[name].protocol not in {"http", "grpc"}:
            why = f"{name} is no HTTP port: nothing can tell requests apart"
            yield (*at, key), why, f"declare it: ports.{name}.protocol: http, or remove `{key}`"


def _entries_of_hosts(app: App) -> Iterator[Complaint]:
    counts: dict[tuple[str, str], int] = {}
    for index, caller in enumerate(app.spec.callers):
        if caller.gateway is not None and caller.host is not None:
            counts[caller.gateway, caller.host] = counts.get((caller.gateway, caller.host), 0) + 1
            if counts[caller.gateway, caller.host] == _RULES + 1:
                why = f"more than {_RULES} entries for {caller.host}: a route holds no more rules"
                yield ("spec", "from", index), why, "join entries: several methods and paths in one"


def _narrowed(app: App, index: int) -> Iterator[Complaint]:
    """An entry that narrows what another one of the same caller leaves open narrows nothing."""
    caller = app.spec.callers[index]

    def narrows(one: Caller) -> bool:
        return any(getattr(one, key) for key in ("methods", "paths", *conditions.CONDITIONS))

    def who(one: Caller) -> tuple[Any, ...]:
        return (
            one.app,
            one.pods,
            one.cidr,
            one.nodes,
            one.loadBalancer,
            one.namespace,
            one.account,
            one.gateway,
            one.host,
            find_port(app, one.port),
        )

    for other in app.spec.callers if narrows(caller) else ():
        if who(other) == who(caller) and not narrows(other):
            why = "another entry lets the same caller ask for everything on this port"
            yield ("spec", "from", index), why, "remove one of them"


def _host(callee: Callee, at: Path) -> Iterator[Complaint]:
    if callee.host is None:
        for key in ("cidrs", "internet"):
            if getattr(callee, key):
                yield (*at, key), f"{key} says where a host is, and no host is given", "add `host`, or use `cidr`"
        return
    if callee.cidrs and callee.internet:
        why = "cidrs and internet given: which of them?"
        yield (*at, "host"), why, "give its networks as `cidrs`, or `internet: true`, which is reported as a risk"
    for index, text in enumerate(callee.cidrs):
        yield from addresses.check(text, (*at, "cidrs", index))


def check_platform(platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with the Platform by itself."""
    operator = DISTRIBUTIONS[platform.spec.distribution].operator if platform.spec.distribution else ""
    if operator and platform.spec.controlPlane == "self-managed":
        why = f"{operator} configures the API server of {platform.spec.distribution}: its flags and files are not yours"
        yield ("spec", "controlPlane"), why, "leave it out, or spec.distribution"
    yield from _networks(platform)
    for name, gateway in platform.spec.gateways.items():
        if platform.spec.mesh is not None and gateway.account is None:
            why = "in a mesh Apps know the gateway by its ServiceAccount"
            yield ("spec", "gateways", name), why, "add `account`; Istio's own is called <gateway>-istio"
        yield from _of_another(gateway, ("spec", "gateways", name))
    for name, groups in platform.spec.teams.items():
        if groups.breakGlass == groups.group:
            why = "the whole team would enter pods: an incident's group is another one"
            yield ("spec", "teams", name, "breakGlass"), why, "name those on call, or leave it out"
    yield from conditions.check_platform(platform)
    yield from pools.check(platform)
    yield from registries.check(platform)
    yield from resources.check(platform)
    yield from _options(platform)


def _of_another(gateway: Gateway, at: Path) -> Iterator[Complaint]:
    """Yield what a gateway says that only gateways of another kind are asked for: nobody would read it."""
    kind, fields_of = getattr(gateway, "kind", ""), getattr(gateway, "FIELDS_OF", {})
    defaults = {one.name: one.default_factory() for one in _fields(gateway.__class__) if callable(one.default_factory)}
    others = {name for names in fields_of.values() for name in names} - {*fields_of.get(kind, ())}
    for name in sorted(name for name in others if getattr(gateway, name) != defaults.get(name)):
        yield (*at, name), f"a gateway of kind {kind} has no {name}", "remove it, or give its kind"


def _networks(platform: Platform) -> Iterator[Complaint]:
    for index, text in enumerate(platform.spec.clusterNetworks):
        yield from addresses.check_block(text, ("spec", "clusterNetworks", index))
    for index, text in enumerate(platform.spec.apiServer.cidrs if platform.spec.apiServer else ()):
        yield from addresses.check(text, ("spec", "apiServer", "cidrs", index))
    for name, issuer in platform.spec.issuers.items():
        for index, text in enumerate(issuer.cidrs):
            yield from addresses.check(text, ("spec", "issuers", name, "cidrs", index))
    for key, groups in (("nodes", platform.spec.nodes), ("loadBalancers", platform.spec.loadBalancers)):
        for name, group in groups.items():
            for field, networks in (("cidrs", group.cidrs), ("healthChecks", getattr(group, "healthChecks", ()))):
                for index, text in enumerate(networks):
                    yield from addresses.check(text, ("spec", key, name, field, index))
    yield from balancers.check_platform(platform)
    yield from families.check_platform(platform)
    for index, text in enumerate(platform.spec.dns.cidrs):
        # Link-local is right here: NodeLocal DNSCache and clouds' resolvers live there, on the port for names only.
        yield from addresses.check_block(text, ("spec", "dns", "cidrs", index))


def _options(platform: Platform) -> Iterator[Complaint]:
    """Check the networks among what blueprints ask for."""
    for name in platform.spec.__struct_fields__:
        if name in PlatformSpec.__struct_fields__ and f"platform.{name}" not in POINTS:
            continue
        value = getattr(platform.spec, name)
        at: Path = ("spec", name)
        structs = {(*at, key): item for key, item in value.items()} if isinstance(value, dict) else {at: value}
        for where, struct in structs.items():
            for entry in _fields(struct.__class__) if struct is not None else ():
                yield from _twice(getattr(struct, entry.name), (*where, entry.name))
            for field in _of_networks(struct.__class__) if struct is not None else ():
                for index, text in enumerate(getattr(struct, field) or ()):
                    yield from addresses.check(text, (*where, field, index))
                    if any(lies_in(text, own) for own in platform.spec.clusterNetworks):
                        why = f"{text} lies in the cluster's own networks"
                        yield (*where, field, index), why, "name its pods by `namespace` and `labels`"


_fields = cache(fields)  # resolving annotations takes longer than all the rules


@cache
def _of_networks(kind: type) -> tuple[str, ...]:
    """Return the names of a part's fields that are lists of networks."""
    return tuple(one.name for one in _fields(kind) if WORDS["cidrs"] in {one.type, *get_args(one.type)})


def _twice(value: Any, at: Path) -> Iterator[Complaint]:
    """In a list of names one that stands there again says nothing; some readers refuse it."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if item in value[:index]:
            yield (*at, index), f"{shown(item)} stands there twice", "remove one of them"


def find_port(app: App, port: str | int) -> str | None:
    """Return the name of an App's port, given by name or by pod port number; None where it has no such port."""
    if isinstance(port, str):
        return port if port in app.spec.ports else None
    return next((name for name, own in app.spec.ports.items() if own.port == port), None)


def serves(app: App, port: str | int) -> bool:
    """Tell whether others can reach an App on a port: it has it, and does not run to its end."""
    return not app.spec.workload.ends and find_port(app, port) is not None


def ambiguous(app: App, port: str | int) -> bool:
    """Tell whether a number means several of an App's ports, of different protocols."""
    return sum(own.port == port for own in app.spec.ports.values()) > 1
