"""Calls to ask about: those that a system's edges mean and those that miss them by one thing; and what is said of each.

What is declared is read from the edges alone, and what our own evaluation says from its grants: neither knows Envoy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_network
from itertools import product
from typing import Any

from conformance.istio.rbac import Call, lies_in

from scaffold.reach.authorization import Match
from scaffold.reach.grants import Grant, Grants
from scaffold.reach.model import PortRange
from scaffold.system.model import ANYTHING, Asked, Edge, Endpoint, HttpMatch

POD, OUTSIDE, CALLER = "10.244.9.9", "198.51.100.7", "192.0.2.55"
"""Addresses of a pod, of nobody that is declared, and of whom a gateway speaks for."""

UNDECLARED = 9999
STRANGER = "stranger"


def identity(trust_domain: str, namespace: str, account: str) -> str:
    """Return what a certificate says of who has it."""
    return f"spiffe://{trust_domain}/ns/{namespace}/sa/{account}" if account else ""


@dataclass(frozen=True)
class Entrance:
    """Who may come in somewhere: the edges that lead there, which of the two ends of each counts, and by which ports."""

    edges: tuple[Edge, ...]
    trust_domain: str
    issuers: Mapping[str, tuple[str, ...]]
    requests: bool = True
    served: bool = False

    def source(self, edge: Edge) -> Endpoint:
        """Return who shows up there: a proxy for those whose requests it passes on."""
        return edge.through if edge.through is not None and not self.served else edge.source

    def ports(self, edge: Edge) -> tuple[int, ...]:
        return edge.asked if self.served else tuple(range(edge.port, edge.last + 1))

    def http(self, edge: Edge) -> tuple[HttpMatch, ...]:
        return edge.http if self.requests else (ANYTHING,)

    def declares(self, call: Call) -> bool:
        """Tell whether an edge means a call."""
        return any(
            call.port in self.ports(edge)
            and _is_caller(self.source(edge), call, self.trust_domain)
            and any(_is_asked(http, call) for http in self.http(edge))
            for edge in self.edges
        )

    def is_void(self, call: Call) -> bool:
        """Tell whether a call may be refused for what it is, and by no policy: no HTTP, or a token that is not valid."""
        if not self.requests:
            return False
        claims = json.loads(call.token or "{}")
        known = {*self.issuers.get(claims.get("iss", ""), ())} & {*claims.get("aud", ())}
        return not call.method or bool(claims and not known)

    def trusts(self, call: Call) -> bool:
        """Tell whether a certificate is of the mesh's own trust domain."""
        return call.identity.startswith(f"spiffe://{self.trust_domain}/")

    def plain(self) -> set[int]:
        """Return the ports at which somebody without an identity is declared."""
        return {port for edge in self.edges if not self.source(edge).account for port in self.ports(edge)}

    def calls(self, ports: Iterable[int], namespace: str) -> list[Call]:
        """Return calls by those who are declared and by others, to each of some ports, for all that may be asked."""
        callers, known = self._callers(namespace), {port for edge in self.edges for port in self.ports(edge)}
        return [
            request._replace(identity=who, address=address, port=port)
            for port in sorted(known | {*ports, UNDECLARED})
            for (who, address), request in product(callers, self._requests(port))
        ]

    def _callers(self, namespace: str) -> list[tuple[str, str]]:
        domain, found = self.trust_domain, [("", POD), ("", OUTSIDE)]
        found.append((identity(domain, namespace, STRANGER), POD))
        for end in map(self.source, self.edges):
            if end.account:
                found.append((identity(domain, end.namespace, end.account), POD))
                found.append((identity(domain, STRANGER, end.account), POD))
                found.append((identity("elsewhere.example.com", end.namespace, end.account), POD))
            found += [("", str(ip_network(text)[1 if ip_network(text).num_addresses > 1 else 0]))
                      for text in ((end.cidr, *end.excepted) if end.cidr else ())]  # fmt: skip
        return list(dict.fromkeys(found))

    def _requests(self, port: int) -> list[Call]:
        found = [Call("", "", 0), Call("", "", 0, "GET", "/")]
        for edge in self.edges:
            for http in self.http(edge):
                if http != ANYTHING:
                    # At other ports nothing asks for it.
                    found += _around(http, self.issuers) if port in self.ports(edge) else [_meant(http, self.issuers)]
        return list(dict.fromkeys(found))


def _around(http: HttpMatch, issuers: Mapping[str, tuple[str, ...]]) -> Iterator[Call]:
    """Yield a request that is meant, and those that miss it by one thing."""
    asked, whole = http.asked, _meant(http, issuers)
    yield whole
    yield whole._replace(method="DELETE" if "DELETE" not in http.methods else "PATCH")
    yield whole._replace(path="/elsewhere")
    yield whole._replace(path=f"{whole.path}x")
    for number, (name, value) in enumerate(whole.headers):
        rest = (*whole.headers[:number], *whole.headers[number + 1 :])
        yield whole._replace(headers=rest)
        yield whole._replace(headers=(*rest, (name, f"not-{value}")))
    for agent in asked.agents:
        rest = tuple(one for one in whole.headers if one[0] != "user-agent")
        yield whole._replace(headers=(*rest, ("user-agent", agent.replace("*", "1"))))
    if asked.addresses:
        yield whole._replace(forwarded=OUTSIDE)
    if asked.issuer:
        yield whole._replace(token="")
        claims = json.loads(whole.token)
        for changed in (
            {"iss": "https://elsewhere.example.com"},
            {"aud": ["nobody"]},
            {name: ["no"] for name, _ in asked.claims},
        ):
            yield whole._replace(token=json.dumps(claims | changed))


def _meant(http: HttpMatch, issuers: Mapping[str, tuple[str, ...]]) -> Call:
    asked = http.asked
    headers = [(name, _example(values[0])) for name, values in asked.headers]
    headers += [("user-agent", "browser/5.0")] if asked.agents else []
    claims: dict[str, Any] = {}
    if asked.issuer:
        claims = {"iss": asked.issuer, "sub": "somebody", "aud": list((asked.audiences or issuers[asked.issuer])[:1])}
    claims |= {name: [_example(values[0])] for name, values in asked.claims}
    return Call(
        "", "", 0, next(iter(http.methods), "GET"), _example(next(iter(http.paths), "/")), tuple(headers),
        str(ip_network(asked.addresses[0])[0]) if asked.addresses else CALLER,
        json.dumps(claims) if claims else "",
    )  # fmt: skip


def _example(pattern: str) -> str:
    return pattern.replace("*", "one")


def _is_caller(end: Endpoint, call: Call, trust_domain: str) -> bool:
    if end.account:
        return call.identity == identity(trust_domain, end.namespace, end.account)
    if call.identity:
        return False
    # Pods without an identity: the network policy alone tells who they are.
    return not end.cidr or (lies_in(call.address, end.cidr) and not _lies_in(call.address, end.excepted))


def _is_like(value: str, patterns: Iterable[str]) -> bool:
    """Tell whether a value is one of some, where a `*` at the end stands for what follows."""
    return any(value.startswith(one[:-1]) if one.endswith("*") else value == one for one in patterns)


def _is_asked(http: HttpMatch, call: Call) -> bool:
    if http == ANYTHING:
        return True
    if not call.method or (http.methods and call.method not in http.methods):
        return False
    return (not http.paths or _is_like(call.path, http.paths)) and _shows(http.asked, call)


def _shows(asked: Asked, call: Call) -> bool:
    headers, claims = dict(call.headers), json.loads(call.token or "{}")
    agent = headers.get("user-agent")
    return (
        (not asked.issuer or claims.get("iss") == asked.issuer)
        and (not asked.audiences or bool({*asked.audiences} & {*claims.get("aud", ())}))
        and all({*values} & {*_claim(claims, name)} for name, values in asked.claims)
        and all(headers.get(name) in values for name, values in asked.headers)
        and (not asked.agents or (agent is not None and not _is_like(agent, asked.agents)))
        and (not asked.addresses or _lies_in(call.forwarded or call.address, asked.addresses))
    )


def _claim(claims: dict[str, Any], name: str) -> list[str]:
    found = claims.get(name, [])
    return found if isinstance(found, list) else [found]


def _lies_in(address: str, networks: Iterable[str]) -> bool:
    return any(lies_in(address, text) for text in networks)


def granted(grants: Grants, plaintext: Iterable[PortRange], call: Call) -> bool:
    """Tell whether our own evaluation lets a call in.

    Args:
        grants: what policies allow and deny.
        plaintext: the ports that take connections without a certificate.
        call: what is asked.
    """
    if not call.identity and not is_among(call.port, plaintext):
        return False
    allowed, denied = (any(_is_granted(one, call) for one in some) for some in (grants.allowed, grants.denied))
    return allowed and not denied


def is_among(port: int, ranges: Iterable[PortRange]) -> bool:
    """Tell whether a TCP port is among some."""
    return any(protocol in {"TCP", "ANY"} and first <= port <= last for protocol, first, last in ranges)


def _is_granted(grant: Grant, call: Call) -> bool:
    if not is_among(call.port, [grant.ports]) or not _is_named(grant.caller.kind, grant.caller.value, call):
        return False
    if not call.method and (grant.method or grant.path or grant.conditions):
        return False
    return (
        fnmatchcase(call.method, grant.method or "*")
        and fnmatchcase(call.path, grant.path or "*")
        and all(_is_shown(condition, call) for condition in grant.conditions)
    )


def _is_named(kind: str, value: str, call: Call) -> bool:
    parts = call.identity.split("/")
    if kind in {"plaintext", "network"}:
        whole, _, excepted = value.partition(" except ")
        within = not whole or (
            _lies_in(call.address, [whole]) and not _lies_in(call.address, filter(None, excepted.split(", ")))
        )
        return within and (kind == "network" or not call.identity)
    if kind == "anybody":
        return True
    return (
        bool(call.identity)
        and {
            "principal": lambda: fnmatchcase(call.identity.removeprefix("spiffe://"), value),
            "namespace": lambda: fnmatchcase(parts[4], value),
            "account": lambda: f"{parts[4]}/{parts[6]}" == value,
        }[kind]()
    )


def _is_shown(condition: Match, call: Call) -> bool:
    headers, claims = dict(call.headers), json.loads(call.token or "{}")
    field, _, rest = condition.field.partition("[")
    name = rest.removesuffix("]")
    found: list[str] = []
    if field == "request.headers":
        found = [headers[name]] if name in headers else []
    elif field == "request.auth.claims":
        found = _claim(claims, name)
    elif field == "request.auth.audiences":
        found = claims.get("aud", [])
    elif field == "requestPrincipals":
        found = [f"{claims['iss']}/{claims['sub']}"] if claims else []
    elif field == "remoteIpBlocks":
        return _lies_in(call.forwarded or call.address, condition.values) != condition.negated
    else:
        raise AssertionError(condition)
    return any(fnmatchcase(one, value) for one in found for value in condition.values) != condition.negated
