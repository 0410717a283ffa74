"""Answers and catalog to a system: link, select, contribute.

May import: the rest of system, answers, catalog.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.system.contribute import contribute
from scaffold.system.derived import limits, service_of
from scaffold.system.elsewhere import proxies_elsewhere
from scaffold.system.identities import refuse_bypassed, refuse_mixed, refuse_two, refuse_unexpected
from scaffold.system.link import endpoint, link, published
from scaffold.system.model import Member, System
from scaffold.system.relax import level, relax
from scaffold.system.relayed import gateway
from scaffold.system.select import refuse, select, subjects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from scaffold.answers.load import Answers
    from scaffold.answers.schema import App
    from scaffold.catalog import Catalog
    from scaffold.system.model import Edge, Endpoint, Space


def carried(edge: Edge, tunnel: int, proxies: Mapping[Endpoint, Endpoint], apps: Mapping[str, App]) -> Edge:
    """Return an edge as the mesh carries it: whatever TCP those send each other whom it knows by their accounts.

    What comes to an App with a proxy it leads through that, by whichever Service or address it is called.
    """
    known = edge.source.account and edge.target.account and edge.protocol == "TCP"
    if not (known and tunnel):
        return edge
    proxy = None if edge.source.proxy else proxies.get(edge.target)
    if proxy is None or not edge.target.app:
        return replace(edge, carried=tunnel, through=proxy)
    app = apps[edge.target.app]
    counted = any(one["port"] == edge.port for kind in limits(app).values() for one in kind.values())
    return replace(edge, carried=tunnel, through=proxy, served=service_of(app, edge.port), counted=counted)


def resolve(catalog: Catalog, answers: Answers, day: date | None = None) -> System:
    """Derive the frozen whole from what was declared.

    Args:
        catalog: the blueprints that may be selected.
        answers: what `load` read.
        day: on which the exceptions have to hold; by default today (UTC).

    Raises:
        AnswersError: a selected blueprint refuses an answer, or an exception does not hold.
        BlueprintError: a blueprint's expression failed, or two blueprints collide.
    """
    declared = link(answers)
    scopes = subjects(answers, declared)
    selections = select(catalog, scopes)
    refuse(selections, scopes, answers)
    relaxed = relax(selections, answers, day or datetime.now(UTC).date())
    contributed = contribute(selections, scopes, answers)
    refuse_two(contributed.pods, answers)
    apps = {app.key: app for app in answers.apps}
    proxies = {endpoint(apps[key]): end for key, end in contributed.proxies.items()}
    proxies |= proxies_elsewhere(catalog, answers) if contributed.tunnel else {}
    both = (*declared, *contributed.edges)
    edges = sorted({carried(edge, contributed.tunnel, proxies, apps) for edge in both})
    refuse_unexpected(contributed.edges, answers)
    refuse_mixed(edges, answers.platform)
    refuse_bypassed(edges, answers)
    return System(
        platform=answers.platform,
        members=tuple(Member(app, contributed.pods[app.key], relaxed[app.key]) for app in answers.apps),
        edges=tuple(edges),
        selections=selections,
        requirements=contributed.requirements,
        known=tuple((published(app), app.team) for app in answers.known),
        gateway=gateway(answers.platform) if any(edge.egress == "relayed" for edge in edges) else None,
        spaces=tuple(
            replace(space, level=level(one for app in _in(space, answers) for one in relaxed[app.key]))
            for space in contributed.spaces
        ),
    )


def _in(space: Space, answers: Answers) -> list[App]:
    return [app for app in answers.apps if app.namespace == space.name]
