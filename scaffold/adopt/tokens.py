"""What a mesh's rules ask of requests besides who sends them: a token of an issuer of the Platform, or what is left.

A caller whose rule asks for more than an App can say is not carried over: it would be let in without it.

May import: draft, fitting (taking out), meeting, site, reach, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.adopt.fitting import take_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.meeting import Meetings
    from scaffold.adopt.site import Site
    from scaffold.reach.authorization import Permission

_CLAIM = re.compile(r"request\.auth\.claims\[([^\[\]]+)\]")
_WHO = frozenset(("principals", "serviceAccounts", "namespaces"))
_TOKEN = "requestPrincipals"  # noqa: S105  the name of a field


def token_of(rule: Permission, site: Site) -> tuple[dict[str, Any], str]:
    """Return the token that a rule asks for, as an answer, and what else it asks for, in words; each may be nothing."""
    issued = {value for source in rule.sources for match in source if match.field == _TOKEN for value in match.values}
    more = {match.field for source in rule.sources for match in source if match.field not in {*_WHO, _TOKEN}}
    claims: dict[str, list[str]] = {}
    for match in rule.when:
        found = _CLAIM.fullmatch(match.field)
        if found is None or match.negated:
            more.add(match.field)
        else:
            claims[found[1]] = [*match.values]
    if not issued and not claims:
        return {}, ", ".join(sorted(more))
    known = site.given.spec.issuers if site.given is not None and site.given.spec.mesh is not None else {}
    issuer = next((name for name, one in known.items() if issued == {f"{one.issuer}/*"}), "")
    if not issuer:
        more.add(f"a token of {', '.join(sorted(issued)) or 'any issuer'}")
    return {"issuer": issuer, **({"claims": claims} if claims else {})}, ", ".join(sorted(more))


def gateways_of(rule: Permission, site: Site) -> Iterator[str]:
    """Yield the gateways of the Platform that a rule names by their accounts."""
    named = {
        value for source in rule.sources for match in source if match.field == "principals" for value in match.values
    }
    for name, gateway in (site.given.spec.gateways if site.given is not None else {}).items():
        if any(value.endswith(f"/ns/{gateway.namespace}/sa/{gateway.account}") for value in named):
            yield name


def ask(meetings: Meetings, drafts: Mapping[str, Draft]) -> None:
    """Have callers show what rules ask them for; who would be let in without it is taken out, and told."""
    for (source, target, port), (place, what) in meetings.barred.items():
        if (source, target, port) in meetings.plain:
            continue
        draft, who = drafts[target], source.removeprefix(_GATEWAY)
        why = f"{who} is let in at {port} with {what} alone, which an App, or this Platform, does not say"
        draft.leave(
            place, why, "declare the caller under spec.from with what it has to show: token, headers, addresses"
        )
        meetings.between.pop((source, target, port), None)
        for index in reversed(range(len(draft.spec.get("from", ())))):
            entry = draft.spec["from"][index]
            if (entry.get("gateway"), entry["port"]) == (who, port):
                take_out(draft.document, ("spec", "from", index))
    for key, draft in drafts.items():
        for index, entry in enumerate(draft.spec.get("from", ())):
            asked = meetings.plain.get((f"{_GATEWAY}{entry.get('gateway')}", key, entry["port"]), [])
            if asked and {} not in asked and all(one == asked[0] for one in asked):
                draft.put(("from", index, "token"), asked[0], draft.document.place(("spec", "from", index)))


_GATEWAY = "gateway "
"""Before a gateway's name, where it is a caller: no App's key has a space."""


def as_caller(gateway: str) -> str:
    """Return a gateway as a caller among Apps' keys."""
    return f"{_GATEWAY}{gateway}"
