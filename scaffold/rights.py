"""Who may do what through the API: every Role of a bundle, and who is bound to it; the source of all that names them.

An App's identity has the rights that the App declares. A team's people read what is rendered for the team and what is
made of it; in an incident some of them enter pods, by a Role and a RoleBinding that are not applied with the rest.

May import: system.model, contributions, value.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.contributions import ReadEntry
    from scaffold.system.model import Member, System


class Rule(Value, frozen=True, order=True):
    """One rule of a Role: `verbs` on `resources` of `group`, all of the namespace or those with `names`."""

    group: str
    resources: tuple[str, ...]
    names: tuple[str, ...]
    verbs: tuple[str, ...]


class Grant(Value, frozen=True):
    """A Role, and the RoleBinding of the same name. `on_demand`: kept for an incident, not applied with the rest."""

    namespace: str
    name: str
    kind: Literal["ServiceAccount", "Group"]
    subject: str
    rules: tuple[Rule, ...]
    team: str
    on_demand: bool = False


_READ = ("get", "list", "watch")
# A container's output and what has a name in the rule can only be asked for one by one.
_ONE = ("get",)
# Opened by GET (WebSocket) and, since 1.35, by CREATE besides: one verb alone works for some clients only.
_STREAM = ("create", "get")
# Into what runs, and around it. Nobody may patch a workload: its template could run as any ServiceAccount of the
# namespace, mount any Secret of it, and stay when the incident is over.
_ENTERS = (
    Rule("", ("pods/attach", "pods/exec", "pods/portforward"), (), _STREAM),
    Rule("", ("pods/ephemeralcontainers",), (), ("patch",)),
    Rule("", ("pods",), (), ("delete",)),
    Rule("", ("pods/eviction",), (), ("create",)),
)
# Who scales makes pods of the template as it is, up to the quota. A DaemonSet has no scale, nor has what ends.
_SCALED = {"Deployment": "deployments/scale", "StatefulSet": "statefulsets/scale"}


def grants(system: System) -> Iterator[Grant]:
    """Yield every grant of a system: of each App with permissions, then of each team in each namespace."""
    for member in system.members:
        if member.app.spec.permissions:
            yield _of_app(member)
    yield from people(system)


def people(system: System) -> Iterator[Grant]:
    """Yield what each team's people may do in each namespace in which it owns an App; nothing without `teams`."""
    owned: dict[tuple[str, str], list[Member]] = defaultdict(list)
    for member in system.members:
        owned[member.app.namespace, member.app.team].append(member)
    spaces = {space.name: space for space in system.spaces}
    for (namespace, team), members in sorted(owned.items()):
        groups = system.platform.spec.teams.get(team)
        if groups is None:
            continue
        own = [entry for member in members for entry, _ in member.additions.reads]
        reads = _reads([*spaces[namespace].reads, *own])
        yield Grant(namespace, f"{team}.readers", "Group", groups.group, reads, team)
        if groups.breakGlass is not None:
            enters = (*_ENTERS, *_scales({member.app.spec.workload.kind for member in members}))
            yield Grant(
                namespace, f"{team}.break-glass", "Group", groups.breakGlass, (*reads, *enters), team, on_demand=True
            )


def _of_app(member: Member) -> Grant:
    app = member.app
    rules = (
        Rule(right.group, tuple(right.resources), tuple(right.names), tuple(right.verbs))
        for right in app.spec.permissions
    )
    return Grant(app.namespace, app.name, "ServiceAccount", app.name, tuple(rules), app.team)


def _reads(entries: Iterable[ReadEntry]) -> tuple[Rule, ...]:
    """Join what may be read into one rule for each group, and one for each resource with names."""
    whole: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        for resource in entry.resources:
            if entry.names:
                named[entry.group, resource] |= set(entry.names)
            else:
                whole[entry.group, _ONE if "/" in resource else _READ].add(resource)
    rules = [Rule(group, tuple(sorted(resources)), (), verbs) for (group, verbs), resources in whole.items()]
    rules += [Rule(group, (resource,), tuple(sorted(names)), _ONE) for (group, resource), names in named.items()]
    return tuple(sorted(rules))


def _scales(kinds: set[str]) -> Iterator[Rule]:
    resources = tuple(sorted(_SCALED[kind] for kind in kinds & _SCALED.keys()))
    if resources:
        yield Rule("apps", resources, (), ("get", "patch"))


def matrix(system: System) -> Iterator[dict[str, str]]:
    """Yield who may do what in which namespace: a row for each subject, namespace, and verbs."""
    for grant in grants(system):
        rows: dict[tuple[str, ...], list[str]] = {}
        for rule in grant.rules:
            rows.setdefault(rule.verbs, []).extend(_spelled(rule))
        for verbs, what in rows.items():
            yield {
                "who": f"{grant.kind} {grant.subject}",
                "namespace": grant.namespace,
                "verbs": ", ".join(verbs),
                "what": ", ".join(sorted(what)),
                "when": f"{grant.name} of on-demand/ is applied" if grant.on_demand else "always",
            }


def _spelled(rule: Rule) -> Iterator[str]:
    names = f" ({', '.join(rule.names)})" if rule.names else ""
    for resource in rule.resources:
        yield f"{resource}{'.' if rule.group else ''}{rule.group}{names}"
