"""Rules on hosts: how each is reached on its Platform, and that a namespace knows it in one way.

May import: platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.platform import enforces_names, is_relayed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.answers.peers import Callee
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


# What a gateway knows a host and its port by (`<port>.<host>`) is a name in DNS, too.
_LONGEST_NAME = 253


def _relayed(callee: Callee, at: Path) -> Iterator[Complaint]:
    """A gateway reads one name, from the TLS that the process speaks, and passes on what follows to one port."""
    otherwise = (
        "give its networks as `cidrs`, or `internet: true`, which is reported as a risk, and it is reached directly"
    )
    if callee.protocol not in {None, "tcp"} or callee.endPort is not None:
        why = "the gateway for egress passes on TLS, to one TCP port"
        yield (*at, "protocol" if callee.endPort is None else "endPort"), why, otherwise
    if callee.tls == "sidecar":
        why = "the gateway for egress passes on TLS that the process speaks: it would get plain text"
        yield (*at, "tls"), why, f"let the process encrypt; or {otherwise}"
    if len(f"{callee.port}.{callee.host}") > _LONGEST_NAME:
        why = f"the gateway for egress knows hosts by names of up to {_LONGEST_NAME} characters, the port among them"
        yield (*at, "host"), why, otherwise


def check(callee: Callee, platform: Platform, at: Path) -> Iterator[Complaint]:
    """Yield what is wrong with how a host, if it is one, is reached on its Platform."""
    if is_relayed(callee, platform.spec):
        yield from _relayed(callee, at)
    if callee.host is None or callee.cidrs or callee.internet or enforces_names(platform.spec):
        return
    remedy = "give its networks as `cidrs`, or `internet: true`, which is reported as a risk"
    yield (
        (*at, "host"),
        "no policy knows names: the host needs addresses",
        f"{remedy}; or a Platform whose `network` or `egressGateway` enforces names",
    )


def encrypted(apps: Iterable[App]) -> Iterator[tuple[App, Path, str]]:
    """Yield each host that is one port to this App's sidecar and another to its neighbour's: a namespace has one."""
    taken: dict[tuple[str, str], tuple[App, str | int]] = {}
    for app in apps:
        for index, callee in enumerate(app.spec.callees):
            if callee.host is None or callee.tls != "sidecar":
                continue
            first, port = taken.setdefault((app.namespace, callee.host), (app, callee.port))
            if first is not app and port != callee.port:
                why = f"port 80 of {callee.host} already stands for its port {port}, for the App {first.key}"
                yield app, ("spec", "to", index, "tls"), why
