"""What an App is allowed up to a day that is over, or near.

What: no exception and no caller in plain text is left whose last day is over; who has one that ends within a month is
    told.
Why: nobody looks at it again unless something says so; `scaffold render` refuses answers from the day after, and that
    day should not come as a surprise.
Fields: App spec.exceptions[*].until, spec.from[*].until.
Allowed: a last day to come.
Reference: NIST SP 800-53 CA-5, plan of action and milestones.

May import: system.relax, answers, found, finding.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from scaffold.answers.walker import dotted
from scaffold.finding import Finding
from scaffold.recheck.found import Found
from scaffold.system.relax import dated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.load import Answers

SOON = timedelta(days=30)
_REMEDY = "remove it and its cause, or have it approved again until a later day"


def ended(answers: Answers, day: date) -> Iterator[Found]:
    """Yield an error for each permission that ended before a day, and a warning for each that ends within a month."""
    for app in answers.apps:
        for path, what, until in dated(app):
            place = answers.place(app.key, path)
            last = date.fromisoformat(until)
            if last < day:
                why = f"{app.key}: {dotted(path)}: {what} ended with {last}; it is {day} (UTC)"
                yield Found(Finding("error", "exceptions/expired", str(place), why, _REMEDY), place)
            elif last <= day + SOON:
                why = f"{app.key}: {dotted(path)}: {what} ends with {last}, in {_days(last - day)}"
                yield Found(Finding("warning", "exceptions/expires-soon", str(place), why, _REMEDY), place)


def over(answers: Answers, day: date) -> set[str]:
    """Return the places of the answers that permit something of which the last day is over."""
    return {
        str(answers.place(app.key, path[:-1]))
        for app in answers.apps
        for path, _, until in dated(app)
        if date.fromisoformat(until) < day
    }


def _days(left: timedelta) -> str:
    return f"{left.days} day{'' if left.days == 1 else 's'}"
