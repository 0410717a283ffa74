"""The result of a check.

May import: value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

SEVERITIES = ("error", "warning", "note")


class Finding(Value, frozen=True, order=True):
    """One thing that a check found.

    `severity`: an error stops the run before anything is written; a warning is a decision that people still have to
    take; a note is a default that they may want to know. `place` is a path in the bundle, with the part of the object
    behind `#`, or the place of an answer.
    """

    severity: Literal["error", "warning", "note"]
    check: str
    place: str
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.reason} [{self.check}]" + (
            f"\n    {self.remedy}" if self.remedy else ""
        )

    def behind(self, words: str) -> Finding:
        """Return the same finding, its reason behind some words."""
        return replace(self, reason=words + self.reason)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings as they are told: the gravest first."""
    return tuple(sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding)))
