"""Requests: the halves of flows that somebody else has to open.

An owner is a team (its App was given or is known, and it has not agreed) or a namespace (pods that no App owns).
Networks and names have no owner, and what blueprints contribute is a prerequisite of the platform.

May import: model, names, value.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from scaffold.names import slug
from scaffold.value import Value

if TYPE_CHECKING:
    from scaffold.system.model import Edge, Endpoint, Half, System


class Request(Value, frozen=True, order=True):
    """What one App asks of one owner: to open `edges` at `end`, in one direction. `name` is unique for the owner."""

    owner: str
    end: Endpoint
    direction: Literal["egress", "ingress"]
    asker: Endpoint
    edges: tuple[Edge, ...]
    name: str = ""


_ASKED: tuple[Half, ...] = ("foreign", "withheld")


def requests(system: System) -> tuple[Request, ...]:
    """Return every request of a system, sorted."""
    teams = {member.app.key: member.app.team for member in system.members}
    known = dict(system.known)
    found: dict[tuple[str, Endpoint, Literal["egress", "ingress"], Endpoint], list[Edge]] = {}
    for edge in system.edges:
        if edge.origin != "declared":
            continue
        if edge.ingress in _ASKED and edge.target.namespace:
            owner = teams.get(edge.target.app) or known.get(edge.target, edge.target.namespace)
            found.setdefault((owner, replace(edge.target, account=""), "ingress", edge.source), []).append(edge)
        if edge.egress in _ASKED and edge.source.namespace:
            owner = teams.get(edge.source.app) or known.get(edge.source, edge.source.namespace)
            found.setdefault((owner, replace(edge.source, account=""), "egress", edge.target), []).append(edge)
    return _named([Request(*key, tuple(edges)) for key, edges in sorted(found.items())])


def _named(made: list[Request]) -> tuple[Request, ...]:
    """Name each request after who asks and of whom; where labels say more than a name can, a digest keeps it unique."""
    named = [replace(request, name=slug(_text(request), _identity(request))) for request in made]
    taken = Counter((request.owner, request.name) for request in named)
    return tuple(
        replace(request, name=slug(_text(request) + "*", _identity(request)))
        if taken[request.owner, request.name] > 1
        else request
        for request in named
    )


def _text(request: Request) -> str:
    asked = "-".join([request.end.namespace, *(value for _, value in request.end.labels)])
    preposition = "to" if request.direction == "ingress" else "from"
    return f"{request.asker.key.replace('/', '-')}-{preposition}-{asked}"


def _identity(request: Request) -> str:
    labels = ",".join(f"{key}={value}" for key, value in request.end.labels)
    return f"{request.asker.key} {request.direction} {request.end.namespace} {labels}"
