"""Exceptions: which controls do not hold for which containers, and what that leaves of a namespace's level.

A caller without an identity may be one in a mesh, too: up to a day.

A blueprint says of a control how it may be relaxed; where it says nothing, the control always holds.

May import: answers, blueprint, model, errors.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from scaffold.answers.walker import dotted, nearest
from scaffold.errors import AnswersError, Problem
from scaffold.system.model import Relaxed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.answers.load import Answers
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path
    from scaffold.blueprint import Control
    from scaffold.system.model import Selection

_LEVELS = ("baseline", "restricted")
LONGEST = timedelta(days=366)
"""How far ahead the last day may lie: somebody has to look at an exception once a year."""
ANY_DAY = date.min
"""No day in particular: for who asks what was meant when it was rendered, and finds by itself what has ended since."""


def relax(selections: Iterable[Selection], answers: Answers, day: date) -> dict[str, tuple[Relaxed, ...]]:
    """Return what each App relaxes, by its key, on a day.

    Raises:
        AnswersError: a control that is not in force for the App, or that cannot be relaxed; an exception that has
            expired, or that reaches too far ahead.
    """
    controls: dict[str, dict[str, Control]] = {}
    for selection in selections:
        for control in selection.blueprint.controls:
            if selection.blueprint.scope == "app" and control.relaxed is not None:
                controls.setdefault(selection.subject, {})[control.id] = control
    made: dict[str, tuple[Relaxed, ...]] = {}
    problems: list[Problem] = []
    for app in answers.apps:
        known = controls.get(app.key, {})
        problems += _problems(answers, app, known, day)
        made[app.key] = tuple(
            Relaxed(
                control=one.control, container=one.container or app.name, reason=one.reason,
                approved_by=one.approvedBy, until=one.until, text=found.text, level=found.level,
                allows=tuple((allowed.check, allowed.at) for allowed in found.allows),
                place=answers.place(app.key, ("spec", "exceptions", index)),
            )
            for index, one in enumerate(app.spec.exceptions)
            if one.control in known and (found := known[one.control].relaxed) is not None
        )  # fmt: skip
    if problems:
        raise AnswersError(problems)
    return made


def _problems(answers: Answers, app: App, known: Mapping[str, Control], day: date) -> Iterator[Problem]:
    for index, one in enumerate(app.spec.exceptions):
        at: Path = ("spec", "exceptions", index)
        if one.control not in known:
            why = f"no control of this App that can be relaxed is called {one.control}{nearest(one.control, known)}"
            yield _problem(answers, app, (*at, "control"), why, f"one of: {', '.join(sorted(known))}")
    for path, what, until in dated(app):
        for why, remedy in _until(what, until, day):
            yield _problem(answers, app, path, why, remedy)


def dated(app: App) -> Iterator[tuple[Path, str, str]]:
    """Yield what an App is allowed up to a day: where it says so, what it is, and its last day."""
    for index, one in enumerate(app.spec.exceptions):
        yield ("spec", "exceptions", index, "until"), f"the exception from {one.control}", one.until
    for index, caller in enumerate(app.spec.callers):
        if caller.until:
            yield ("spec", "from", index, "until"), "plain text for this caller", caller.until


def _problem(answers: Answers, app: App, path: Path, why: str, remedy: str) -> Problem:
    return Problem(answers.place(app.key, path), f"{dotted(path)}: {why}", remedy)


def _until(what: str, until: str, day: date) -> Iterator[tuple[str, str]]:
    try:
        last = date.fromisoformat(until)
    except ValueError:
        yield f"there is no day {until}", "for example 2027-03-01"
        return
    if day == ANY_DAY:
        return
    if last < day:
        why = f"{what} ended with {last}; it is {day} (UTC)"
        yield why, "remove it and its cause, or have it approved again until a later day"
    elif last > day + LONGEST:
        yield f"{last} is more than a year ahead", f"{day + LONGEST} at the latest"


def level(relaxed: Iterable[Relaxed]) -> str:
    """Return the highest level of Pod Security that admits pods with these exceptions."""
    return min((one.level for one in relaxed), key=_LEVELS.index, default=_LEVELS[-1])
