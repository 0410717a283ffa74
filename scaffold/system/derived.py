"""What follows from one App's answers alone, for expressions and templates: ports, hosts, routes and stores.

May import: answers.rules, names.
"""

from __future__ import annotations

from itertools import chain, product
from typing import TYPE_CHECKING, Any

from scaffold.answers.rules import find_port
from scaffold.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.answers.peers import Callee, Caller
    from scaffold.answers.port import Port
    from scaffold.answers.schema import App, Probe


def first_asked(ports: Mapping[str, Port]) -> str | None:
    """Return the name of the port that is asked where no answer says which."""
    return next((name for name, port in ports.items() if port.can_be_asked), None)


def probed(app: App) -> dict[str, int]:
    """Return the TCP ports, by name, that the kubelet asks."""
    own = () if app.spec.workload.ends else _asked(app)
    started = (
        _probed(one.started, {name: app.spec.ports[name] for name in one.ports}) for one in app.spec.sidecars.values()
    )
    names = sorted({name for name in chain(own, *started) if name})
    return {name: app.spec.ports[name].port for name in names}


def probed_over_http(app: App) -> list[str]:
    """Return the names of the ports that the kubelet asks over HTTP, whatever their protocol says."""
    asked = (probe for probe in (app.spec.health.ready, app.spec.health.live) if probe is not None and probe.http)
    return sorted({name for probe in asked for name in _probed(probe, app.served) if name})


def _asked(app: App) -> Iterator[str | None]:
    health = app.spec.health
    yield from _probed(health.ready, app.served) if health.ready else (first_asked(app.served),)
    yield from _probed(health.live, app.served)


def _probed(probe: Probe | None, ports: Mapping[str, Port]) -> Iterator[str | None]:
    if probe is not None:
        yield probe.tcp or probe.grpc or (probe.http and (probe.port or first_asked(ports)))


_OF_REQUESTS = ("methods", "paths", "token", "headers", "addresses", "refusedAgents")
# Which of them a gateway sees to by itself, by its route.
_OF_ROUTES = frozenset(("methods", "paths"))


def of_requests(app: App) -> dict[str, dict[str, Any]]:
    """Return what an App asks of single requests, and where that stands; gateways see to what their routes say.

    `field` is what it is asked in, `known`: of a caller whom a mesh knows, or of all of them on a port.
    """
    made: dict[str, dict[str, Any]] = {
        f"{index}.{key}": {"at": [index, key], "field": "from", "known": caller.known}
        for index, caller in enumerate(app.spec.callers)
        for key in _OF_REQUESTS
        if getattr(caller, key) and not (caller.gateway and key in _OF_ROUTES)
    }
    for name, port in app.spec.ports.items():
        if port.limits.each or port.limits.all:
            known = name not in plain_ports(app)
            made[name] = {"at": [name, "limits"], "field": "ports", "known": known}
    return made


def narrowed(app: App) -> dict[str, dict[str, Any]]:
    """Return which callers may ask for some methods or paths only, and where that stands; gateways see to their own."""
    return {
        f"{index}.{key}": {"at": [index, key]}
        for index, caller in enumerate(app.spec.callers)
        for key in ("methods", "paths")
        if caller.gateway is None and getattr(caller, key)
    }


def service_of(app: App, port: int) -> int:
    """Return the port of an App's Service that leads to one of its pods' TCP ports; 0 where none does."""
    mapped = () if app.spec.workload.kind in _WITHOUT_SERVICE else app.mapped.values()
    return next((one.service or one.port for one in mapped if (one.port, one.l4) == (port, "TCP")), 0)


_WITHOUT_SERVICE = frozenset(("Job", "CronJob"))


def ambiguous(app: App) -> dict[str, dict[str, Any]]:
    """Return the ports whose Service port is the pod port of another one: by its number it is taken for that."""
    pods = {port.port: name for name, port in app.spec.ports.items() if port.l4 == "TCP"}
    return {
        name: {"at": [name, "service"], "other": pods[port.service]}
        for name, port in app.mapped.items()
        if port.l4 == "TCP" and port.service and pods.get(port.service, name) != name
    }


def plain_ports(app: App) -> dict[str, int]:
    """Return the TCP ports, by name, that are called by somebody without an identity: pods outside a mesh, networks."""
    callers = (caller for caller in app.spec.callers if not caller.known)
    names = sorted({str(find_port(app, caller.port)) for caller in callers})
    return {name: app.spec.ports[name].port for name in names if app.spec.ports[name].l4 == "TCP"}


def needs(app: App) -> dict[str, bool]:
    """Return what not every network plugin does, and whether an App has flows of that kind: `ranges`, `sctp`."""
    flows: list[Port | Callee] = [*app.spec.ports.values(), *app.spec.callees]
    return {
        "ranges": any(one.endPort is not None for one in flows),
        "sctp": any(one.protocol == "sctp" for one in flows),
    }


def asks(app: App) -> dict[str, list[dict[str, str | None]]]:
    """Return what is asked of a store for each secret of an App: the key and property of it, or of each of its parts.

    `name` tells one from the other: the secret's own name, or the part's.
    """
    found: dict[str, list[dict[str, str | None]]] = {}
    for name, secret in app.spec.secrets.items():
        read = [(index, part) for index, part in enumerate(secret.join) if part.text is None]
        found[name] = [
            {"name": part_name(index), "key": part.key or secret.key, "property": part.property} for index, part in read
        ] or [{"name": name, "key": secret.key, "property": secret.property}]
    return found


def place(app: App, name: str) -> dict[str, Any]:
    """Return where the file of a secret lies: its directory, its name in it, and whether it `shares` the directory.

    It does with what is no secret of the same store, there, below it or around it.
    """
    secret = app.spec.secrets[name]
    folder, _, file = (secret.file or "").rpartition("/")
    others = [*app.spec.config.files]
    others += [one.file for one in app.spec.secrets.values() if one.file is not None and one.store != secret.store]
    near = [other.rpartition("/")[0] + "/" for other in others]
    shares = any(one.startswith(f"{folder}/") or f"{folder}/".startswith(one) for one in near)
    return {"folder": folder, "filename": file, "shares": bool(folder) and shares}


def part_name(index: int) -> str:
    """Name a part of a secret, by where it stands; a template language takes it for a field's name."""
    return f"part{index}"


def store_keys(app: App) -> dict[str, str]:
    """Return what an App reads from each of its secret stores: the keys, sorted, in words."""
    found: dict[str, set[str]] = {}
    for name, asked in asks(app).items():
        found.setdefault(app.spec.secrets[name].store, set()).update(str(one["key"]) for one in asked)
    return {store: ", ".join(sorted(keys)) for store, keys in found.items()}


_TLS, _HTTP = 443, 80
# Leaves room in an object's name (253) for the App's (63), a gateway's (40) and what is joined to them.
_LONGEST_HOST = 130


def named(host: str) -> str:
    """Return a host as names of objects and files have it."""
    return host if len(host) <= _LONGEST_HOST else slug(host)


def hosts(callees: Iterable[Callee], *, relays: bool = False) -> dict[str, dict[str, Any]]:
    """Return the hosts that are called, by a name for each: its networks, and ports of which the protocol is known.

    A mesh knows a host once in a namespace, so these are the callees of all its Apps. TLS on 443 is routed by the name
    that is asked for, and so is TLS on any port where a gateway `relays` hosts without addresses; other ports only by
    addresses. What is neither is left out.
    """
    made: dict[str, dict[str, Any]] = {}
    for callee in callees:
        relayed = relays and not callee.cidrs and not callee.internet
        tls = callee.port == _TLS or relayed
        single = callee.endPort is None and callee.protocol in {None, "tcp"}
        encrypted = callee.tls == "sidecar"
        if callee.host is None or not single or not (tls or callee.cidrs or encrypted):
            continue
        key = named(callee.host)
        entry = made.setdefault(key, {"host": callee.host, "cidrs": [], "ports": []})
        entry["cidrs"] += [cidr for cidr in callee.cidrs if cidr not in entry["cidrs"]]
        # What is encrypted for the process goes where the name is resolved to, whatever the process resolved.
        entry["public"] = entry.get("public", False) or callee.internet or encrypted or relayed
        name = f"{'tls' if tls else 'tcp'}-{callee.port}"
        port = {"name": name, "number": callee.port, "protocol": name[:3].upper(), "target": None}
        if encrypted:
            port = {"name": "http-80", "number": _HTTP, "protocol": "HTTP", "target": callee.port}
        entry["ports"] += [port] if port not in entry["ports"] else []
    for entry in made.values():
        if entry.pop("public"):  # a host on the internet has no addresses to be known by
            entry["cidrs"] = []
            entry["ports"] = [port for port in entry["ports"] if port["protocol"] != "TCP"]
    return made


def encrypted(called: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return of the hosts that are called those that sidecars speak TLS to."""
    return {key: entry for key, entry in called.items() if any(port["target"] for port in entry["ports"])}


_SECONDS = {"second": "1s", "minute": "60s", "hour": "3600s"}


def limits(app: App) -> dict[str, dict[str, Any]]:
    """Return how many requests are answered: by `each` pod and by `all`, the ports by name that have such a limit.

    `together` is how many the pods answer that there are at the least, where each answers that many.
    """
    made: dict[str, dict[str, Any]] = {"each": {}, "all": {}}
    for name, port in app.spec.ports.items():
        for kind, rate in (("each", port.limits.each), ("all", port.limits.all)):
            if rate is not None:
                made[kind][name] = {
                    "port": port.port,
                    "protocol": port.protocol,
                    "requests": rate.requests,
                    "together": rate.requests * app.spec.workload.least,
                    "name": f"{app.namespace}.{app.name}.{name}",
                    "rate": f"{rate.requests} requests a {rate.per}",
                    "interval": _SECONDS[rate.per],
                }
    return made


def routes(app: App) -> dict[str, dict[str, Any]]:
    """Return what gateways pass on to an App, by a name for each gateway and host: Service port and requests."""
    made: dict[str, dict[str, Any]] = {}
    for caller in app.spec.callers:
        if caller.gateway is None or caller.host is None:
            continue
        port = app.spec.ports[str(find_port(app, caller.port))]
        host = named(caller.host)
        route = made.setdefault(
            f"{caller.gateway}.{host}", {"gateway": caller.gateway, "host": caller.host, "rules": [], "ordered": []}
        )
        service = port.service or port.port
        route["rules"].append({"port": service, "matches": list(_matches(caller))})
        route["ordered"] = sorted([*route["ordered"], *_requests(caller, service)], key=_precedence)
    return made


def _requests(caller: Caller, port: int) -> list[dict[str, Any]]:
    """Return the same one by one, by texts that are equal, or begin so: `/x/*` is `/x`, or begins with `/x/`."""
    uris: list[dict[str, str]] = []
    for path in caller.paths or ["/*"]:
        below = path.endswith("*")
        whole = path.removesuffix("/*") if below else path
        uris += [{"exact": whole}] if whole else []
        uris += [{"prefix": f"{whole}/"}] if below else []
    methods: list[dict[str, str] | None] = [{"exact": method} for method in caller.methods]
    return [{"uri": uri, "method": method, "port": port} for uri, method in product(uris, methods or [None])]


def _precedence(request: dict[str, Any]) -> tuple[Any, ...]:
    """Order requests as the Gateway API does, for what takes the first that matches."""
    [(kind, path)] = request["uri"].items()
    return kind != "exact", -len(path), path, request["method"] is None, str(request["method"])


def _matches(caller: Caller) -> list[dict[str, Any]]:
    """Return the requests that a caller may make, as the Gateway API spells them; `/x/*` is `/x` and all below."""
    found = []
    methods: list[str] = [*caller.methods] or [""]
    for path, method in product(caller.paths or ["/*"], methods):
        below = path.endswith("*")
        value = (path.removesuffix("/*") or "/") if below else path
        match: dict[str, Any] = {"path": {"type": "PathPrefix" if below else "Exact", "value": value}}
        found.append({**match, **({"method": method} if method else {})})
    return found
