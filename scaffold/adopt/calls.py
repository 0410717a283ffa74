"""Whom an App calls, by the addresses that its processes are told: Apps by their Services, hosts and networks outside.

May import: addresses, draft, ground, meeting, objects, part (types), ports (types), networks, errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from scaffold.adopt.addresses import Address, addresses
from scaffold.adopt.draft import Draft
from scaffold.adopt.ground import Ground
from scaffold.adopt.meeting import Meetings
from scaffold.adopt.objects import Found
from scaffold.networks import is_never_opened, lies_in, network

if TYPE_CHECKING:
    from scaffold.adopt.part import Part
    from scaffold.adopt.ports import Opened

_OWN = re.compile(r"localhost|127\..*|0\.0\.0\.0|kubernetes(?:\.default.*)?|.*\.localhost")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_HOST = re.compile(r"(?=[a-z0-9.-]{1,253}$)(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_SUFFIX = re.compile(r"\.svc(?:\.cluster\.local)?\Z")
_MOST_PARTS = 3  # of a pod of a StatefulSet: its own name, its Service's and the namespace's


class Calls(Struct):
    """What addresses are looked up in: the objects, the Apps by their Services, what policies decide, own hosts."""

    found: Found
    services: Mapping[tuple[str, str], Sequence[Draft]]
    ground: Ground
    meetings: Meetings
    outside: frozenset[str] = frozenset()
    names: bool = False


def calls(look: Calls, drafts: Sequence[Draft]) -> None:
    """Read the addresses that every App is told into flows."""
    for draft in drafts:
        for one in addresses(draft):
            if _OWN.fullmatch(one.host) or one.host in look.outside:
                continue
            if _ADDRESS.fullmatch(one.host):
                _network(look, draft, one)
                continue
            service = _service(look, draft, one.host)
            if service is not None:
                _called(look, draft, one, service)
            elif _SUFFIX.search(one.host) or ("." not in one.host and one.port and not one.loose):
                why = f"{one.host}{f':{one.port}' if one.port else ''}: no Service of that name is among what was read"
                draft.leave(
                    one.place, why, "declare it under spec.to, with the port of its pods; or name its manifests"
                )
            elif one.port and not one.loose and _HOST.fullmatch(one.host):
                _host(look, draft, one)


def hosts(look: Calls, drafts: Sequence[Draft]) -> None:
    """Read the hosts outside that a mesh is told of, as callees of the Apps beside it that are let out to everybody."""
    for entry in look.found.of("ServiceEntry"):
        spec = entry["spec"]
        near = [draft for draft in drafts if draft.namespace == entry.one.key[1]]
        if spec["location"].text == "MESH_INTERNAL" or not near:
            continue
        entry.take()
        for host in spec["hosts"].items:
            for port in spec["ports"].items:
                number = port["targetPort"].number or port["number"].number or 0
                for draft in near:
                    if any(one.key == draft.key and number in one.ports for one in look.ground.wide):
                        _host(look, draft, Address(host.text, number, host.place))


def _service(look: Calls, draft: Draft, host: str) -> Part | None:
    """Return the Service that a host's name means: of the App's namespace, of another, or of a pod behind it."""
    parts = _SUFFIX.sub("", host).split(".")
    if len(parts) > _MOST_PARTS:
        return None
    ways = [(parts[0], [*parts[1:], draft.namespace][0])]
    ways += [(parts[1], [*parts[2:], draft.namespace][0])] if len(parts) > 1 else []
    for name, namespace in ways:
        found = look.found.get("Service", namespace, name)
        if found is not None:
            return found
    return None


def _called(look: Calls, draft: Draft, one: Address, service: Part) -> None:
    """Read a call of a Service as one of the Apps behind it, at the port of their pods."""
    outside = service.at("spec", "externalName").text
    if outside:
        service.take()
        _host(look, draft, Address(outside.lower().rstrip("."), one.port, one.place))
        return
    service.at("spec", "type").take()
    targets = look.services.get(service.one.key[1:], ())
    if not targets:
        why = f"{one.host}: nothing that was read is behind the Service {service.one.key[2]}"
        draft.leave(one.place, why, "declare it under spec.to, by its pods' labels or its networks")
    for target in targets:
        port = _port(service, one.port, look.ground.opened[target.key])
        if port is None and target is not draft:
            which = f"port {one.port}" if one.port else "one port"
            why = f"{one.host}: the App {target.key} is called, and not known at {which}"
            draft.leave(one.place, why, f"declare it: {{app: {target.name}, port: …}} under spec.to")
        elif port is not None and target is not draft:
            _meet(look, draft, target, port, one)


def _meet(look: Calls, draft: Draft, target: Draft, port: Opened, one: Address) -> None:
    if look.ground.is_open(draft, target, port):
        look.meetings.meet(draft, target, port, by_source=one.place)
        return
    why = f"{one.host}: its policies shut {target.key}:{port.number} to it"
    draft.note(one.place, why, f"if it is needed, declare it: {{app: {target.name}, port: {port.name}}} under spec.to")


def _port(service: Part, number: int, opened: Sequence[Opened]) -> Opened | None:
    """Return the port of the pods behind a Service's; without a number its only one."""
    listed = service.at("spec", "ports").items
    wanted = [port for port in listed if port["port"].number == number] if number else listed
    if not number and len(listed) != 1:
        return None
    for port in wanted:
        target = port["targetPort"].text or port["port"].text
        for one in opened:
            if target in {str(one.number), one.listed}:
                return one
    return next((one for one in opened if one.number == number), None)


def _network(look: Calls, draft: Draft, one: Address) -> None:
    try:
        block = network(f"{one.host}/32")
    except ValueError:
        return
    if one.port and not one.loose and not is_never_opened(block):
        _outside(look, draft, one, {"cidr": str(block)})


def _host(look: Calls, draft: Draft, one: Address) -> None:
    """Read a host outside: by its name where the Platform enforces names, else at any public address (reported)."""
    if not one.port:
        draft.leave(one.place, f"{one.host} is called, at a port that nobody says", "declare it under spec.to")
    elif _HOST.fullmatch(one.host):
        _outside(look, draft, one, {"host": one.host, **({} if look.names else {"internet": True})})


def _outside(look: Calls, draft: Draft, one: Address, who: dict[str, Any]) -> None:
    """Note a callee outside, unless every policy of its own shuts that."""
    entry = {**who, "port": one.port}
    shut = draft.key in look.ground.held and not any(
        wide.key == draft.key and (not wide.ports or one.port in wide.ports) for wide in look.ground.wide
    )
    known = [other for (key, side, _), (other, _) in look.meetings.others.items() if (key, side) == (draft.key, "to")]
    covered = [
        other for other in known if "cidr" in other and other["port"] <= one.port <= other.get("endPort", other["port"])
    ]
    if any("host" in other and (other["host"], other["port"]) == (one.host, one.port) for other in known):
        return
    if "cidr" in who and any(lies_in(who["cidr"], other["cidr"]) for other in covered):
        return
    if not shut:
        look.meetings.other(draft, "to", entry, one.place)
    elif not covered:
        why = f"{one.host}:{one.port}: no policy of its own lets it out there"
        draft.note(one.place, why, "if it is needed, declare it under spec.to")
    elif "host" in who:
        why = f"{one.host}:{one.port} may be {', '.join(str(other['cidr']) for other in covered)}, which it reaches"
        draft.note(one.place, why, "if it is, give the host with its `cidrs` instead")
