"""Who reaches Apps from outside: the routes of gateways, whatever kind they are of.

An Ingress, an HTTPRoute and a VirtualService say the same of an App: for which host, on which paths. What is in front
of it is the Platform's gateway, which may be of another kind than it was.

May import: draft, meeting, objects, part, ports (types), routes, site, errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from scaffold.adopt.draft import Draft
from scaffold.adopt.meeting import Meetings
from scaffold.adopt.objects import Found
from scaffold.adopt.ports import Opened
from scaffold.adopt.routes import READERS, Route
from scaffold.adopt.site import Site
from scaffold.errors import Place

_HOST = re.compile(r"(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\.)+[a-z][-a-z0-9]*")


class Outside(Struct):
    """What routes are looked up in: the objects, the Apps by their Services, their ports, and the Platform."""

    found: Found
    services: Mapping[tuple[str, str], Sequence[Draft]]
    opened: Mapping[str, Sequence[Opened]]
    site: Site
    meetings: Meetings


class _Entry(Struct):
    """What a gateway passes on to one port of an App for one host and method; `whole` is every path."""

    draft: Draft
    port: str
    place: Place
    paths: list[str] = field(default_factory=list)
    whole: bool = False


def exposure(outside: Outside) -> frozenset[str]:
    """Read every route into callers, and return the hosts that are the Apps' own."""
    routes = [one for kind, read in READERS.items() for part in outside.found.of(kind) for one in read(part)]
    entries: dict[tuple[str, str, str, str, str], _Entry] = {}
    behind: dict[str, list[tuple[Route, Draft, Opened]]] = {}
    for one in routes:
        for draft, opened in _behind(one, outside):
            key = (draft.key, one.gateway, one.host, opened.name, one.method)
            entry = entries.setdefault(key, _Entry(draft, opened.name, one.part.place))
            entry.whole |= not one.path
            if one.path and one.path not in entry.paths:
                entry.paths.append(one.path)
            behind.setdefault(one.gateway, []).append((one, draft, opened))
    for name, led in behind.items():
        _gateway(name, led, outside)
    for (_, gateway, host, port, method), entry in entries.items():
        value: dict[str, Any] = {"gateway": gateway, "host": host, "port": port}
        value |= {"methods": [method]} if method else {}
        value |= {"paths": entry.paths} if entry.paths and not entry.whole else {}
        entry.draft.add("from", value, entry.place)
    return frozenset(one.host for one in routes)


def _behind(one: Route, outside: Outside) -> list[tuple[Draft, Opened]]:
    """Return the Apps that a route leads to, each with its port; what leads nowhere is left."""
    if not _HOST.fullmatch(one.host):
        one.part.leave("for any host: an App says for which one", f"{{gateway: {one.gateway}, host: …, port: …}}")
        return []
    drafts = outside.services.get(one.service, ())
    made = [(draft, port) for draft in drafts if (port := _port(one, outside, draft)) is not None]
    if not made:
        why = f"nothing that was read is behind the Service {one.service[1]}, at that port"
        one.part.leave(why, "name its manifests, too; or declare the App")
    return made


def _port(one: Route, outside: Outside, draft: Draft) -> Opened | None:
    service = outside.found.get("Service", *one.service)
    listed = service.at("spec", "ports").items if service is not None else []
    for port in listed:
        if one.port in {port["port"].text, port["name"].text} or (not one.port and len(listed) == 1):
            target = port["targetPort"].text or port["port"].text
            known = outside.opened[draft.key]
            found = next((own for own in known if target in {str(own.number), own.listed}), None)
            if found is not None and not found.protocol:
                found.protocol = "http"  # requests come in there
                draft.put(("ports", found.name, "protocol"), "http", one.part)
            return found
    return None


def _gateway(name: str, led: Sequence[tuple[Route, Draft, Opened]], outside: Outside) -> None:
    """Have the Platform know a gateway; where its pods run is told by who lets them in, or is said by convention."""
    site, first = outside.site, led[0][0]
    pods, place = first.pods, first.part.place
    seen = [entry for one, draft, port in led if one.guessed for entry in _let_in(outside.meetings, draft, port)]
    told = {str(entry["namespace"]) + str(entry["pods"]) for entry in seen}
    if len(told) == 1:
        pods = {"namespace": seen[0]["namespace"], "labels": seen[0]["pods"]}
    site.need_all(("gateways", name), {key: (value, place) for key, value in pods.items()})
    if site.given is None and first.guessed and len(told) != 1:
        why = f"nothing that was read says where the pods of the gateway {name} run"
        remedy = f"say it in the Platform: spec.gateways.{name}: {{namespace, labels}}"
        site.left.append(first.part.problem(why, remedy))


def _let_in(meetings: Meetings, draft: Draft, port: Opened) -> list[dict[str, Any]]:
    """Return the pods of other namespaces that a rule lets in on a port that a gateway's requests come in at."""
    known = [entry for (key, side, _), (entry, _) in meetings.others.items() if (key, side) == (draft.key, "from")]
    return [entry for entry in known if "pods" in entry and "namespace" in entry and entry["port"] == port.name]
