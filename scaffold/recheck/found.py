"""A finding with its true place: the file, line and column that somebody has to look at.

May import: finding, errors, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.errors import printable
from scaffold.finding import SEVERITIES, Finding
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.errors import Place


class Found(Value, frozen=True, order=True):
    """One finding, and where it is; line and column are 0 where the whole file is meant.

    A finding's own `place` stays as the check said it: it is the same wherever the output lies, and whatever is
    written above it.
    """

    finding: Finding
    place: Place

    def __str__(self) -> str:
        one = self.finding
        remedy = f"\n    {printable(one.remedy)}" if one.remedy else ""
        return f"{one.severity}: {self.place}: {printable(one.reason)} [{one.check}]{remedy}"


def gravest_first(found: Iterable[Found]) -> tuple[Found, ...]:
    """Return findings as they are told: errors first, then by their places."""
    return tuple(sorted(set(found), key=lambda one: (SEVERITIES.index(one.finding.severity), one.place, one.finding)))
