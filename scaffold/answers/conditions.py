"""Rules on what an App asks of single requests: tokens, headers, addresses behind a gateway, programs.

May import: schema, platform, request_words, unknown, walker (spelling of values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from scaffold.answers.request_words import Condition
from scaffold.answers.unknown import unknown
from scaffold.answers.walker import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.peers import Caller, Token
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

CONDITIONS: tuple[str, ...] = get_args(Condition)

# What proves a caller is a secret, and no answer has one; what tells of addresses is anybody's word.
_SECRET = frozenset(("authorization", "cookie", "proxy-authorization", "x-api-key"))
_ADDRESS = ("forwarded", "x-forwarded-", "x-envoy-", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip")
_OTHERWISE = {"host": "from.host, or routes", "user-agent": "refusedAgents"}


def conditions(app: App) -> Iterator[tuple[str, Path]]:
    """Yield what an App asks of requests that not every Platform enforces: what it is, and where it stands."""
    for index, caller in enumerate(app.spec.callers):
        yield from ((name, ("spec", "from", index, name)) for name in CONDITIONS if getattr(caller, name))
    for index, callee in enumerate(app.spec.callees):
        if callee.tls == "sidecar":
            yield "tls", ("spec", "to", index, "tls")
    for name, port in app.spec.ports.items():
        found = {"each": port.limits.each, "all": port.limits.all}
        yield from ((f"limits.{key}", ("spec", "ports", name, "limits", key)) for key, rate in found.items() if rate)


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with the conditions of one App taken by itself."""
    for name, port in app.spec.ports.items():
        if port.protocol not in {"http", "grpc"} and (port.limits.each or port.limits.all):
            why = f"{name} is no HTTP port: nothing can count requests"
            yield ("spec", "ports", name, "limits"), why, "declare its protocol: http or grpc; or remove `limits`"
        elif port.endPort is not None and (port.limits.each or port.limits.all):
            why = f"{name} is a range of ports: requests are counted at one"
            yield ("spec", "ports", name, "limits"), why, "give that port a name of its own; or remove `limits`"
    yield from _encrypted(app)
    for index, caller in enumerate(app.spec.callers):
        at: Path = ("spec", "from", index)
        for name in caller.headers:
            yield from _header(name, (*at, "headers", name))
        for key in ("addresses", "refusedAgents"):
            if getattr(caller, key) and caller.gateway is None:
                why = f"{key} are of callers behind a gateway, and this one is known itself"
                yield (*at, key), why, "remove it"


def _encrypted(app: App) -> Iterator[Complaint]:
    first: dict[str, int] = {}
    for index, callee in enumerate(app.spec.callees):
        at: Path = ("spec", "to", index, "tls")
        if callee.tls != "sidecar":
            continue
        if callee.host is None:
            yield at, "whose certificate it has to be is not said: no host is given", "name the `host`, or remove `tls`"
        elif callee.endPort is not None or callee.protocol not in {None, "tcp"}:
            yield at, "TLS is spoken at one port, over TCP", "remove `tls`, or name one port"
        elif first.setdefault(callee.host, index) != index:
            why = f"port 80 of {callee.host} already stands for another of its ports"
            yield at, why, "let the process encrypt one of them itself"


def _header(name: str, at: Path) -> Iterator[Complaint]:
    if name in _SECRET:
        yield at, f"what {name} proves is a secret, and no answer has one", "ask for a `token`"
    elif name.startswith(_ADDRESS):
        yield at, f"{name} says whatever somebody on the way has written into it", "say `addresses`"
    elif name in _OTHERWISE:
        yield at, f"{name} is asked for elsewhere", f"use {_OTHERWISE[name]}"


def check_app(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with how the conditions of one App refer to its Platform."""
    for index, caller in enumerate(app.spec.callers):
        at: Path = ("spec", "from", index)
        if caller.token is not None:
            yield from _token(caller.token, platform, (*at, "token"))
        yield from _addresses(caller, platform, (*at, "addresses"))


def _token(token: Token, platform: Platform, at: Path) -> Iterator[Complaint]:
    issuers = platform.spec.issuers
    if token.issuer not in issuers:
        yield (*at, "issuer"), *unknown("issuer", token.issuer, issuers, "issuers")
        return
    audiences = issuers[token.issuer].audiences
    for index, audience in enumerate(token.audiences):
        if audience not in audiences:
            why = f"{token.issuer} makes no tokens for {shown(audience)}{nearest(audience, audiences)}"
            yield (*at, "audiences", index), why, f"it makes them for: {', '.join(audiences)}"


def _addresses(caller: Caller, platform: Platform, at: Path) -> Iterator[Complaint]:
    gateway = platform.spec.gateways.get(caller.gateway or "")
    if caller.addresses and gateway is not None and not gateway.seesCallers:
        why = f"the gateway {caller.gateway} need not see the addresses of its callers: what it sees may be a proxy's"
        remedy = (
            f"where connections reach it unchanged (externalTrafficPolicy: Local, no proxy before it), say so: "
            f"Platform spec.gateways.{caller.gateway}.seesCallers: true; else let that proxy decide"
        )
        yield at, why, remedy


def check_platform(platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with the Platform's issuers."""
    first: dict[str, str] = {}
    for name, issuer in platform.spec.issuers.items():
        at: Path = ("spec", "issuers", name, "issuer")
        if first.setdefault(issuer.issuer, name) != name:
            why = f"{issuer.issuer} is {first[issuer.issuer]} already: a token for either would be taken for both"
            yield at, why, "declare it once, with all of its audiences"
