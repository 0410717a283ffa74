"""What a mesh's policies tell of callers: who they are, and what they may ask for.

A rule by principals or ServiceAccounts names Apps; its methods and paths narrow what they ask. Who is let in at all is
asked of the evaluation of all policies together.

May import: draft, ground, meeting, part (types), site, reach, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.adopt.tokens import as_caller, gateways_of, token_of
from scaffold.reach.authorization import ALL_TCP, policies, ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.ground import Ground
    from scaffold.adopt.meeting import Meetings
    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part
    from scaffold.adopt.ports import Opened
    from scaffold.adopt.site import Site
    from scaffold.errors import Place
    from scaffold.reach.authorization import AuthorizationPolicy, Matches, Permission

_PRINCIPAL = re.compile(r"[^/*]+/ns/([^/*]+)/sa/([^/*]+)")
_ASKED = ("methods", "paths")


def requests(ground: Ground, found: Found, meetings: Meetings, site: Site) -> None:
    """Read the rules of every AuthorizationPolicy at the Apps that it selects."""
    accounts: dict[tuple[str, str], list[Draft]] = {}
    for draft in ground.drafts.values():
        name = draft.pod["serviceAccountName"].text or draft.pod["serviceAccount"].text or "default"
        accounts.setdefault((draft.namespace, name), []).append(draft)
    for part in found.of("AuthorizationPolicy"):
        for policy in policies([part.value]):
            _policy(policy, part, (ground, meetings, site), accounts)


def _policy(
    policy: AuthorizationPolicy,
    part: Part,
    around: tuple[Ground, Meetings, Site],
    accounts: dict[tuple[str, str], list[Draft]],
) -> None:
    ground, meetings, site = around
    if policy.action == "DENY" and policy.rules:
        part.leave("what is denied, an App does not say", "declare who is let in, and nobody else is")
        return
    targets = [ground.drafts[pod] for pod in _selected(policy, ground) if pod in ground.drafts]
    for index, rule in enumerate(policy.rules if policy.action == "ALLOW" else ()):
        place = part.one.place("spec", "rules", index)
        sources = [draft for source in rule.sources for key in _named(source) for draft in accounts.get(key, ())]
        token, more = token_of(rule, site)
        for target, port in ((one, port) for one in targets for port in _ports(rule, ground.opened[one.key])):
            for who in [*(source.key for source in sources), *map(as_caller, gateways_of(rule, site))]:
                if more:
                    meetings.barred[who, target.key, port.name] = (place, more)
                else:
                    meetings.plain.setdefault((who, target.key, port.name), []).append(token)
            for source in sources if not more else ():
                meetings.meet(source, target, port, by_target=place)
                _narrow(meetings, (source, target, port), rule, (place, site, token))


def _selected(policy: AuthorizationPolicy, ground: Ground) -> Iterable[object]:
    """Return the pods at which a policy holds: by its selector, or behind the Service or proxy that it names."""
    if not policy.targets:
        return sorted(ground.cluster.universe.inside(policy.namespace, policy.pods))
    names = {name for kind, name in policy.targets if kind in {"Service", "Gateway"}}
    return [
        pod
        for key, pod in sorted(ground.pods.items())
        if pod.namespace == policy.namespace
        and (pod.through.partition("/")[2] in names or _is_behind(ground.drafts[pod], names))
    ]


def _is_behind(draft: Draft, names: set[str]) -> bool:
    return any(service.one.key[2] in names for service in draft.services)


def _named(source: Matches) -> Iterator[tuple[str, str]]:
    """Yield the namespaces and names of the accounts that a source names, one by one."""
    for match in source:
        if match.negated:
            continue
        for value in match.values:
            if match.field == "principals" and (found := _PRINCIPAL.fullmatch(value)):
                yield found[1], found[2]
            elif match.field == "serviceAccounts" and "*" not in value:
                namespace, _, name = value.partition("/")
                yield namespace, name


def _ports(rule: Permission, opened: Iterable[Opened]) -> list[Opened]:
    ranges = [one for operation in rule.operations for one in ports(operation) or [ALL_TCP]]
    return [one for one in opened if one.l4 == "TCP" and any(low <= one.number <= high for _, low, high in ranges)]


def _narrow(
    meetings: Meetings,
    flow: tuple[Draft, Draft, Opened],
    rule: Permission,
    around: tuple[Place, Site, dict[str, Any]],
) -> None:
    """Note which requests a rule lets through, where the Platform has a mesh that tells them apart."""
    source, target, port = flow
    place, site, token = around
    shown = {"token": token} if token else {}
    one = meetings.between[source.key, target.key, port.name]
    for operation in rule.operations:
        named = [match for match in operation if match.field in _ASKED and not match.negated]
        asked = {match.field: _spelled(match.values) for match in named}
        if not asked:
            one.asked.append(shown)
        elif site.given is not None and site.given.spec.mesh is not None:
            one.asked.append({**asked, **shown})
        else:
            one.asked.append({})
            why = f"only {' and '.join(asked)} were let through, which a mesh tells apart, and this Platform has none"
            target.leave(place, why, "Platform spec.mesh, and these under the caller's entry in spec.from")


def _spelled(values: Iterable[str]) -> list[str]:
    """Return paths and methods as answers spell them: a directory with what lies below it is one."""
    listed = [*values]
    folders = {value for value in listed if value.endswith("/*")}
    return [value for value in listed if f"{value}/*" not in folders]
