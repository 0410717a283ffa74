"""Whom a service reaches: the services of its project that it names or waits for, and, likely, hosts outside.

May import: composed.service, addresses, servers, naming, model, errors.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from scaffold.documents.reading import quoted
from scaffold.errors import Problem
from scaffold.evidence.model import Call, Port, Proposal, Variable
from scaffold.evidence.naming import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.evidence.addresses import Address
    from scaffold.evidence.composed.environment import Named
    from scaffold.evidence.composed.service import Service
    from scaffold.evidence.model import Fact

_HOST = re.compile(r"_?(?:HOST(?:NAME)?|SERVERS?|ADDR(?:ESS)?|URL|URI|ENDPOINT)\Z", re.IGNORECASE)
_OWN = frozenset(("localhost", "host.docker.internal", "gateway.docker.internal"))
_NAME = re.compile(r"(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\.)+[a-z](?:[-a-z0-9]*[a-z0-9])?")
# What is asked for whom, not reached: where people and other services find this one.
_ITS_OWN = re.compile(r"PUBLIC|EXTERNAL|ORIGIN|CORS|ALLOWED|CALLBACK|REDIRECT|BASE_URL|SITE|FRONTEND|AUDIENCE|ISSUER")
_LOCAL = ("local", "localhost", "test", "invalid", "example", "internal")


def calls(one: Service, everybody: Mapping[str, Service]) -> Iterator[Fact]:
    """Yield whom a service reaches: first by the addresses in its variables, then by whom it waits for."""
    reached: set[str] = set()
    for named in one.named:
        other = everybody.get(named.address.host)
        if other is not None and other is not one:
            yield from _renamed(other.name, named)
            call = Call(named.place, "app", label(other.name), _port(one, named, other))
            if call.port:
                reached.add(other.name)
                yield call
        elif other is None:
            yield from _outside(named)
    for name, place in one.waits:
        other = everybody.get(name)
        if other is None or other is one or name in reached:
            continue
        # The first one it has; without any, nobody knows.
        yield Call(place, "app", label(name), other.ports[0].number if other.ports else 0)
        for port in other.ports[1:]:
            value = {"app": label(name), "port": port.number}
            yield Proposal(("spec", "to"), value, place, f"{port.number} is another port of {label(name)}")


def served(everybody: Mapping[str, Service]) -> dict[str, list[Fact]]:
    """Return the ports of each service that others name: compose opens all of them to the whole project."""
    found: dict[str, list[Fact]] = {}
    for one in everybody.values():
        for named in one.named:
            other = everybody.get(named.address.host)
            port = _port(one, named, other) if other is not None and other is not one else 0
            if port:
                spoken = named.address.scheme if named.address.scheme in {"http", "grpc"} else ""
                found.setdefault(named.address.host, []).append(Port(named.place, port, protocol=spoken))
    return found


def _port(one: Service, named: Named, other: Service) -> int:
    """Return the port of an address; by itself, that of a variable beside it, or the other's only one."""
    address = named.address
    if address.port:
        return address.port
    beside = _HOST.sub("", named.variable)
    for fact in one.facts:
        if isinstance(fact, Variable) and fact.name.upper() == f"{beside}_PORT".upper() and fact.value.isdigit():
            return int(fact.value[:6])
    return other.ports[0].number if other.ports else 0


def _renamed(name: str, named: Named) -> Iterator[Fact]:
    if label(name) != name:
        why = f"{named.variable} names {quoted(name)}, which is {quoted(label(name))} as an App"
        yield Problem(named.place, why, "write that name, there or in the secret")


def _outside(named: Named) -> Iterator[Fact]:
    address = named.address
    if not address.port or address.host in _OWN or _ITS_OWN.search(named.variable.upper()):
        return
    peer = _peer(address)
    if peer:
        why = f"{named.variable} names {address.host}"
        yield Proposal(("spec", "to"), {**peer, "port": address.port}, named.place, why)


def _peer(address: Address) -> dict[str, Any]:
    try:
        ip = ip_address(address.host)
    except ValueError:
        known = _NAME.fullmatch(address.host) and address.host.rpartition(".")[2] not in _LOCAL
        return {"host": address.host} if known else {}
    plain = ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast
    return {} if plain else {"cidr": f"{ip}/{ip.max_prefixlen}"}
