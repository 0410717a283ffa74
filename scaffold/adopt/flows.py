"""Read who reaches whom: from policies, addresses, routes and load balancers.

May import: the topics of adopt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.adopt.balancers import balancers
from scaffold.adopt.calls import Calls, calls, hosts
from scaffold.adopt.exposure import Outside, exposure
from scaffold.adopt.ground import ground
from scaffold.adopt.meeting import Meetings, written
from scaffold.adopt.policies import rules
from scaffold.adopt.requests import requests
from scaffold.adopt.tokens import ask
from scaffold.answers.platform import enforces_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.ground import Wide
    from scaffold.adopt.objects import Found
    from scaffold.adopt.ports import Opened
    from scaffold.adopt.site import Site
    from scaffold.errors import Problem


def flows(drafts: list[Draft], found: Found, opened: dict[str, list[Opened]], site: Site) -> list[Problem]:
    """Read the callers and callees of Apps, and return what policies say and nobody can carry over."""
    services: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        for service in draft.services:
            services.setdefault((service.one.key[1], service.one.key[2]), []).append(draft)
    around, left = ground(drafts, found, opened)
    groups = site.given.spec.nodes if site.given is not None else {}
    around.nodes |= {cidr: name for name, group in groups.items() for cidr in group.cidrs}
    meetings = Meetings()
    left += rules(around, meetings)
    requests(around, found, meetings, site)
    own = exposure(Outside(found, services, opened, site, meetings))
    balancers(drafts, opened, site)
    names = site.given is not None and enforces_names(site.given.spec)
    look = Calls(found, services, around, meetings, own, names)
    calls(look, drafts)
    hosts(look, drafts)
    left += [wide.told for wide in around.wide if not _is_said(wide, meetings)]
    known = {draft.key: draft for draft in drafts}
    left += [wide.told for wide in around.entered if not _is_balanced(wide, known[wide.key], opened[wide.key])]
    ask(meetings, known)
    for asking in found.of("RequestAuthentication"):
        issued = {rule["issuer"].text for rule in asking.at("spec", "jwtRules").items}
        if issued <= {issuer.issuer for issuer in (site.given.spec.issuers.values() if site.given is not None else ())}:
            asking.take()
    for source, target, port in [*meetings.between]:
        named = next(one for one in opened[target] if one.name == port)
        one = meetings.between[source, target, port]
        if not around.is_open(known[source], known[target], named):
            # What one end alone opens is asked of the other's owner, and of nobody in one namespace.
            if known[source].namespace == known[target].namespace or not one.by_rule:
                del meetings.between[source, target, port]
            one.is_request = True
    written(meetings, known)
    for draft in drafts:
        if draft.services and draft.key in around.unguarded and not draft.spec.get("from"):
            why = "everybody could reach it, and nothing that was read tells of a caller: now nobody does"
            draft.leave(draft.services[0].one.place("metadata", "name"), why, "name its callers under spec.from")
    return left


def _is_said(wide: Wide, meetings: Meetings) -> bool:
    """Tell whether hosts at any public address open all that a rule opens: the same ports, to the same addresses."""
    entries = [entry for (key, _, _), (entry, _) in meetings.others.items() if key == wide.key]
    hosts = {entry["port"] for entry in entries if "host" in entry and "cidrs" not in entry}
    return wide.internet and wide.ports <= hosts


def _is_balanced(wide: Wide, draft: Draft, opened: Iterable[Opened]) -> bool:
    """Tell whether load balancers open all that a rule opens: the same ports of TCP, to every public address."""
    entries = [entry for entry in draft.spec.get("from", ()) if "loadBalancer" in entry and entry.get("internet")]
    ports = {one.number for one in opened if one.l4 == "TCP" and one.name in {entry["port"] for entry in entries}}
    return wide.ports <= ports
