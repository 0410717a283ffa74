"""Who meets whom: flows between Apps, each with the places that tell of it, at the caller's end and at the callee's.

May import: draft, ports (types), errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.errors import Place

if TYPE_CHECKING:
    from scaffold.adopt.draft import Draft
    from scaffold.adopt.ports import Opened


class Meeting(Struct):
    """Why a flow is thought of: the first place at each end, and which requests it is for, by methods and paths.

    `by_rule` says that a rule at the caller's end opens it; where the other end shuts it, it is a request.
    """

    by_source: Place | None = None
    by_target: Place | None = None
    by_rule: bool = False
    is_request: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)


class Meetings(Struct):
    """Flows between Apps by source, target and port, and entries for others by App and side; each is there once.

    `barred` are callers whom a rule asks for what cannot be said, `plain` those whom one lets in otherwise, with the
    token that it asks for.
    """

    between: dict[tuple[str, str, str], Meeting] = field(default_factory=dict)
    barred: dict[tuple[str, str, str], tuple[Place, str]] = field(default_factory=dict)
    plain: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    others: dict[tuple[str, str, str], tuple[dict[str, Any], Place]] = field(default_factory=dict)

    def meet(self, source: Draft, target: Draft, port: Opened, **places: Place) -> None:
        """Note that one App calls another on a port, and where that was read: `by_source`, `by_target`."""
        one = self.between.setdefault((source.key, target.key, port.name), Meeting())
        one.by_source = one.by_source or places.get("by_source")
        one.by_target = one.by_target or places.get("by_target")

    def other(self, draft: Draft, side: str, entry: dict[str, Any], place: Place) -> None:
        """Note an entry (`from` or `to`) for who is no App here."""
        self.others.setdefault((draft.key, side, str(entry)), (entry, place))


def written(meetings: Meetings, drafts: dict[str, Draft]) -> None:
    """Write the entries of both ends: what an App calls, and who calls it."""
    for (source, target, port), one in sorted(meetings.between.items()):
        first, second = drafts[source], drafts[target]
        callee, caller = one.by_source or one.by_target, one.by_target or one.by_source
        if callee is None or caller is None:
            continue
        if source == target and first.kind == "StatefulSet":
            first.put(("workload", "peers", len(first.spec["workload"].get("peers", ()))), port, caller)
            continue
        first.add("to", {"app": second.name, **_elsewhere(first, second), "port": port}, callee)
        if one.is_request:
            continue
        for asked in one.asked if one.asked and {} not in one.asked else [{}]:
            second.add("from", {"app": first.name, **_elsewhere(second, first), "port": port, **asked}, caller)
    for (key, side, _), (entry, place) in sorted(meetings.others.items()):
        drafts[key].add(side, entry, place)


def _elsewhere(own: Draft, other: Draft) -> dict[str, str]:
    return {} if own.namespace == other.namespace else {"namespace": other.namespace}
