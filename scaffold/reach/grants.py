"""What AuthorizationPolicies say about one pod, in a form in which equal meanings are equal values.

Each rule is multiplied out to grants of one caller, one range of ports, one method and one path; what a wider grant
covers is dropped; neighbouring ports are joined. Two patterns that overlap (`/a*` and `/ab`) stay two grants.

May import: authorization, callers, model, ranges, value.
"""

from __future__ import annotations

from collections import defaultdict
from ipaddress import ip_network
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec.structs import replace

from scaffold.reach.authorization import ALL_TCP, Match, ports
from scaffold.reach.callers import local
from scaffold.reach.ranges import intersect, merge, without
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.reach.authorization import AuthorizationPolicy, Matches, Permission
    from scaffold.reach.model import PortRange

Kind: TypeAlias = Literal["anybody", "plaintext", "principal", "namespace", "account", "network"]

_FIELDS: dict[str, Kind] = {"principals": "principal", "namespaces": "namespace", "serviceAccounts": "account"}
# What a source says of the request, and not of who sends it.
_OF_REQUESTS = frozenset(("requestPrincipals", "remoteIpBlocks"))
_JUDGED = frozenset(("ports", "methods", "paths"))


class Caller(Value, frozen=True, order=True):
    """Who a grant is for.

    `value` is a principal (without `spiffe://`, in the mesh's own trust domain), a namespace, NAMESPACE/ACCOUNT of any
    trust domain, or a network as `network` writes it. `plaintext` are those without a client certificate, with a value
    those in that network only.
    """

    kind: Kind = "anybody"
    value: str = ""


class Grant(Value, frozen=True, order=True):
    """One caller on some ports; `method` and `path` as in the policy, empty: any (and what is no HTTP, too).

    `conditions` all have to hold, too: those of a rule's `when`, and what its source says of requests.
    """

    caller: Caller
    ports: PortRange = ALL_TCP
    method: str = ""
    path: str = ""
    conditions: Matches = ()


class Grants(Value, frozen=True):
    """What is allowed at a pod, what is denied all the same, and why either is not the whole truth."""

    allowed: frozenset[Grant]
    denied: frozenset[Grant]
    unjudged: tuple[str, ...]


def network(cidr: str, excepted: Iterable[str] = ()) -> str:
    """Write a network less the networks inside it."""
    whole = ip_network(cidr, strict=False)
    parts = {ip_network(text, strict=False) for text in excepted}
    inside = sorted(str(part) for part in parts if part.version == whole.version and part.overlaps(whole))
    return f"{whole} except {', '.join(inside)}" if inside else str(whole)


def view(policies: Iterable[AuthorizationPolicy], opaque: list[PortRange], trust_domain: str) -> Grants:
    """Return the grants of the policies that apply to one pod; without one that allows, anybody may do anything.

    Args:
        policies: those that apply.
        opaque: the pod's ports that are declared not to carry HTTP.
        trust_domain: the mesh's.
    """
    made: dict[str, list[Grant]] = {"ALLOW": [], "DENY": []}
    unjudged: list[str] = []
    actions = set()
    for policy in policies:
        actions.add(policy.action)
        if policy.action not in made:
            unjudged += [] if policy.action == "AUDIT" else [f"{policy}: the action {policy.action}"]
            continue
        for rule, where in policy.at(opaque):
            unjudged += [f"{policy}: {reason}" for reason in _reasons(rule)]
            made[policy.action] += _grants(rule, where, trust_domain)
    allowed = made["ALLOW"] if "ALLOW" in actions else [Grant(Caller())]
    return Grants(normalise(allowed), normalise(made["DENY"]), tuple(dict.fromkeys(unjudged)))


def normalise(grants: Iterable[Grant]) -> frozenset[Grant]:
    """Drop what wider grants cover, and join ports."""
    ranges: dict[tuple[Caller, str, str, Matches], list[PortRange]] = defaultdict(list)
    for grant in grants:
        ranges[grant.caller, grant.method, grant.path, grant.conditions].append(grant.ports)
    made = set()
    for (caller, method, path, conditions), own in ranges.items():
        left = merge(own)
        for wider in product(_wider(caller), {method, ""}, {path, ""}, {conditions, ()}):
            if wider != (caller, method, path, conditions):
                left = sorted(without(left, ranges.get(wider, ())))
        made |= {Grant(caller, one, method, path, conditions) for one in left}
    return frozenset(made)


def _wider(caller: Caller) -> set[Caller]:
    found = {caller, Caller()}
    if caller.kind == "plaintext":
        found |= {Caller("plaintext"), *([Caller("network", caller.value)] if caller.value else [])}
    if caller.kind in {"principal", "namespace", "account"}:
        found.add(Caller("principal", "*"))
    return found


def _grants(rule: Permission, where: list[PortRange], trust_domain: str) -> Iterator[Grant]:
    for source, operation in product(rule.sources, rule.operations):
        who, named = _callers(_plain(source), trust_domain), ports(operation)
        if who is None or named is None or not _is_judged(operation):
            continue
        values = {match.field: match.values for match in operation}
        conditions = canonical((*rule.when, *(match for match in source if match.field in _OF_REQUESTS)))
        combined = product(who, intersect(where, named), values.get("methods", ("",)), values.get("paths", ("",)))
        for caller, one, method, path in combined:
            yield Grant(caller, one, method, path, conditions)


def canonical(conditions: Iterable[Match]) -> Matches:
    """Return conditions so that the same ones are equal: in order, each value once."""
    made = {replace(match, values=tuple(sorted(set(match.values)))) for match in conditions}
    return tuple(sorted(made, key=lambda match: (match.field, match.negated, match.values)))


def _plain(source: Matches) -> Matches:
    return tuple(match for match in source if match.field not in _OF_REQUESTS)


def _is_judged(operation: Matches) -> bool:
    return all(match.field in _JUDGED and (not match.negated or match.field == "ports") for match in operation)


def _callers(source: Matches, trust_domain: str) -> list[Caller] | None:
    """Return who a source means; None where that is not one of the kinds."""
    rest = [match for match in source if not _is_plaintext(match)]
    plaintext = len(rest) < len(source)
    if not rest:
        return [Caller("plaintext")] if plaintext else [Caller()]
    fields = {(match.field, match.negated): match.values for match in rest}
    blocks = fields.pop(("ipBlocks", False), None)
    if blocks is not None:
        excepted = fields.pop(("ipBlocks", True), ())
        if fields:
            return None
        try:
            return [Caller("plaintext" if plaintext else "network", network(block, excepted)) for block in blocks]
        except ValueError:  # no network: as good as a field that is not known
            return None
    ((name, negated), values), *more = fields.items()
    if more or negated or plaintext or name not in _FIELDS:
        return None
    return [Caller(_FIELDS[name], local(value, trust_domain) if name == "principals" else value) for value in values]


def _is_plaintext(match: Match) -> bool:
    """Tell whether a field means exactly those who show no identity: `*` stands for any that is not empty."""
    return match.negated and match.field in {"principals", "namespaces"} and "*" in match.values


def _reasons(rule: Permission) -> Iterator[str]:
    """Say what a rule has that no grant expresses."""
    for source in rule.sources:
        if _callers(_plain(source), "") is None:
            yield f"the source {_text(source)}"
    for operation in rule.operations:
        if not _is_judged(operation) or ports(operation) is None:
            yield f"the operation {_text(operation)}"


def _text(matches: Matches) -> str:
    return " and ".join(
        f"{'not ' if match.negated else ''}{match.field} {', '.join(match.values)}" for match in matches
    )
