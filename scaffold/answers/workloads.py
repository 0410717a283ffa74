"""Which answers a kind of workload has, and what the others would mean for it.

May import: schema, workload, walker (spelling of values).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from scaffold.answers.walker import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path
    from scaffold.answers.workload import Workload

    Complaint = tuple[Path, str, str]

_AT: Path = ("spec", "workload")
# The fields of a schedule: what each is called, and its bounds; names stand for numbers.
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 6))
_NAMES = {
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "day of week": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
# A Job's name gets the hash of what it runs; Kubernetes adds what tells its pods apart.
_LONGEST = {"Job": 54, "CronJob": 52, "StatefulSet": 52}


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with an App's workload."""
    workload = app.spec.workload
    own = workload.FIELDS_OF[workload.kind]
    for name in sorted({name for names in workload.FIELDS_OF.values() for name in names} - set(own)):
        if getattr(workload, name):
            why = f"a {workload.kind} has no {name}"
            yield (*_AT, name), why, "remove it" + (f"; it has: {', '.join(own)}" if own else "")
    most = _LONGEST.get(workload.kind, len(app.name))
    if len(app.name) > most:
        yield ("metadata", "name"), f"the pods of a {workload.kind} add to its name", f"at most {most} characters"
    for index, name in enumerate(workload.peers):
        if name not in app.spec.ports:
            why = f'no port "{name}"{nearest(name, app.spec.ports)}'
            yield (*_AT, "peers", index), why, "declare it under spec.ports"
    if workload.scale and workload.scale.max <= workload.scale.min:
        why = f"not more than the least, {workload.scale.min}: nothing is left to scale"
        yield (*_AT, "replicas", "max"), why, f"a number alone, or more than {workload.scale.min}"
    yield from _schedule(workload)
    if workload.ends:
        yield from _served(app)
    if workload.kind == "StatefulSet":
        yield from _mapped(app)


def _served(app: App) -> Iterator[Complaint]:
    """What runs to its end serves nobody."""
    kind = app.spec.workload.kind
    for key in ("ready", "live", "startup"):
        if getattr(app.spec.health, key) is not None:
            yield ("spec", "health", key), f"a {kind} runs to its end: nothing asks for its health", "remove it"
    if app.spec.callers:
        yield ("spec", "from"), f"a {kind} serves nobody: it runs to its end", "remove the callers"


def _mapped(app: App) -> Iterator[Complaint]:
    for name, port in app.spec.ports.items():
        if port.service not in {None, port.port}:
            why = "callers reach each pod of a StatefulSet itself: nothing maps its ports"
            yield ("spec", "ports", name, "service"), why, "remove it"


def _schedule(workload: Workload) -> Iterator[Complaint]:
    if workload.kind == "CronJob" and workload.schedule is None:
        yield _AT, "a CronJob has a schedule", "for example schedule: 30 3 * * *"
    if workload.timeZone is not None and _time_zones() and workload.timeZone not in _time_zones():
        why = f"no time zone of that name{nearest(workload.timeZone, _time_zones())}"
        yield (*_AT, "timeZone"), why, "for example Europe/Berlin"
    if workload.schedule is None or workload.schedule.startswith("@"):
        return
    for text, (name, low, high) in zip(workload.schedule.split(" "), _FIELDS, strict=True):
        for part in text.split(","):
            if not _fits(part, name, low, high):
                yield (*_AT, "schedule"), f"{part} is no {name}: {low} to {high}, *, a range a-b, steps /n", ""


@cache
def _time_zones() -> frozenset[str]:
    """Return the names that this machine knows: none where it has no such database, then the API server decides."""
    return frozenset(available_timezones())


def _fits(part: str, name: str, low: int, high: int) -> bool:
    """Tell whether one part of a field is one: `*`, `5`, `1-5`, `MON-FRI`, with steps `/15` behind it."""
    span, slash, step = part.partition("/")
    if slash and not (step.isdigit() and 1 <= int(step) <= high):
        return False
    if span == "*" or (span == "?" and name.startswith("day")):
        return True
    ends = [_number(end, name, low) for end in span.split("-")]
    return len(ends) <= 2 and all(low <= end <= high for end in ends) and ends == sorted(ends)  # noqa: PLR2004  a range


def _number(text: str, name: str, low: int) -> int:
    names = _NAMES.get(name, ())
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if text.isdigit() else -1
