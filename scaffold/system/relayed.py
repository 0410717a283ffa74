"""Hosts that a gateway for egress passes on: an App reaches the gateway, and the gateway the host, by its name.

A gateway knows a host and its port by one name, which is asked for on the way to it and is nobody's outside: so what is
made for a host and a port is the same, whoever of the Apps calls it.

May import: answers.platform, errors, labels, names, derived, model.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from scaffold.answers.platform import is_relayed, relays_names
from scaffold.errors import Problem
from scaffold.labels import selector
from scaffold.names import slug
from scaffold.system.derived import encrypted, hosts, named
from scaffold.system.model import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.answers.load import Answers
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App


def gateway(platform: Platform) -> Endpoint | None:
    """Return the pods of a Platform's gateway for egress as an end of an edge; None where hosts are not passed on."""
    known: Any = platform.spec.egressGateway
    if not relays_names(platform.spec):
        return None
    # A waypoint's account is called as its Gateway, unless somebody says otherwise: nothing here asks for it.
    account = known.account if hasattr(known, "account") else known.name
    return Endpoint(known.namespace, tuple(sorted(known.labels.items())), account=account)


def ways(app: App, platform: Platform) -> Iterator[dict[str, Any]]:
    """Yield the hosts that an App calls through the gateway, each with its port once.

    `name` is what the gateway knows both by; `label` is the same where a name may hold no dots.
    """
    found = {(str(callee.host), int(callee.port)) for callee in app.spec.callees if is_relayed(callee, platform.spec)}
    for host, port in sorted(found):
        name = f"{port}.{host}"
        reason = f"{app.name} calls {host}:{port}"
        yield {"host": host, "port": port, "name": name, "label": slug(name), "reason": reason}


def passed(answers: Answers) -> dict[str, dict[str, Any]]:
    """Return what the gateway passes on, by its namespace: `ways` by their names, `callers` with what is theirs.

    Besides, `entries` are the hosts, and `grants` say who may ask for which.

    Nothing where there is none, or nobody calls it.
    """
    end = gateway(answers.platform)
    callers: dict[str, Any] = {}
    for app in answers.apps:
        own = list(ways(app, answers.platform))
        ports = sorted({way["port"] for way in own})
        if own:
            callers[f"{app.namespace}.{app.name}"] = {
                "key": app.key,
                "name": app.name,
                "namespace": app.namespace,
                "account": app.name,
                "labels": selector(app.name),
                "ways": own,
                "numbers": {str(port): port for port in ports},
                "ports": [{"port": port, "protocol": "TCP"} for port in ports],
            }
    found = {named(way["name"]): way for one in callers.values() for way in one["ways"]}
    if not (end and found):
        return {}
    pods = {"namespace": end.namespace, "labels": dict(end.labels), "account": end.account}
    more = {"entries": _entries(found.values()), "grants": _grants(callers)}
    return {end.namespace: {"gateway": pods, "ways": found, "callers": callers, **more}}


def _entries(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the hosts that are passed on, by their names, each with its ports: for a mesh that knows a host once."""
    made: dict[str, Any] = {}
    for way in sorted(found, key=itemgetter("host", "port")):
        made.setdefault(named(way["host"]), {"host": way["host"], "ports": []})["ports"].append(way["port"])
    return made


def _grants(callers: dict[str, Any]) -> dict[str, Any]:
    """Return who may ask for which host, by names of objects, each with the ports; `entry` is the host's own name."""
    made: dict[str, Any] = {}
    for caller, one in callers.items():
        for way in one["ways"]:
            key = named(f"{caller}.{way['host']}")
            known = {name: one[name] for name in ("namespace", "account")}
            grant = made.setdefault(key, {**known, "host": way["host"], "entry": named(way["host"]), "ways": []})
            grant["ways"].append(way)
    return made


def unpassed(answers: Answers) -> dict[str, dict[str, Any]]:
    """Return the hosts that Apps reach by themselves though the gateway passes them on for others, by App and place."""
    spec = answers.platform.spec
    passed_on = {one.host for app in answers.apps for one in app.spec.callees if is_relayed(one, spec)}
    return {
        app.key: {
            str(index): {"host": callee.host, "at": [index, "host"]}
            for index, callee in enumerate(app.spec.callees)
            if callee.host in passed_on and not is_relayed(callee, spec)
        }
        for app in answers.apps
    }


def unled(answers: Answers) -> Iterator[Problem]:
    """Yield each host that a gateway has to pass on, where nothing leads there: it would be shut, without a word."""
    for app in answers.apps:
        for index, callee in enumerate(app.spec.callees):
            if is_relayed(callee, answers.platform.spec):
                why = f"spec.to[{index}].host: nothing on this Platform leads to its egressGateway"
                remedy = "declare the Platform's spec.mesh that its mode is of; or give `cidrs`, or `internet: true`"
                yield Problem(answers.place(app.key, ("spec", "to", index, "host")), why, remedy)


def outside(apps: list[App], platform: Platform) -> dict[str, Any]:
    """Return the hosts that the Apps of one namespace call, for expressions and templates.

    Those that are `relayed` are reached through the gateway: by host, each of its `ports`, and who calls that.
    """
    known = hosts((callee for app in apps for callee in app.spec.callees), relays=relays_names(platform.spec))
    relayed: dict[str, Any] = {}
    for app in apps:
        for way in ways(app, platform):
            entry = relayed.setdefault(named(way["host"]), {"host": way["host"], "ports": {}})
            port = entry["ports"].setdefault(str(way["port"]), {**way, "callers": []})
            port["callers"].append({"labels": selector(app.name), "reason": way["reason"]})
    return {"hosts": known, "encrypted": encrypted(known), "relayed": relayed}


def relay_of(platform: Platform) -> str:
    """Return how hosts are passed on, and by which mesh Apps come there: `<mode>/<mode>`, or nothing."""
    relay, mesh = (to_builtins(one) for one in (platform.spec.egressGateway, platform.spec.mesh))
    return f"{relay['mode']}/{mesh['mode'] if mesh else ''}" if relay else ""
