"""What an App may relax: a control, for one container, with a reason, an approver and a last day.

May import: answer, day, words.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from scaffold.answers.answer import Answer
from scaffold.answers.day import Day
from scaffold.answers.words import AppName


def _line(least: int, most: int, what: str, example: str) -> Meta:
    """Describe one line that people read: no control characters, no separators of lines, no blanks at its ends."""
    return Meta(
        pattern=r"^(?=\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\S(?!\n)$", min_length=least, max_length=most,
        description=f"{what} in one line of {least} to {most} characters", examples=[example], extra={"remedy": ""},
    )  # fmt: skip


ControlId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9-]{2,40}$(?!\n)", max_length=41, description="the id of a control that may be relaxed",
        examples=["read-only-root"], extra={"remedy": "SECURITY.md of a bundle lists them"},
    ),
]  # fmt: skip
Reason: TypeAlias = Annotated[str, _line(10, 300, "a reason", "The vendor's image unpacks itself into / as it starts")]
Approver: TypeAlias = Annotated[str, _line(2, 100, "who approved it,", "security@example.com")]


class ControlException(Answer, frozen=True):
    """One control that does not hold for one container (the App's own by default), up to and with the day `until`."""

    control: ControlId
    reason: Reason
    approvedBy: Approver  # noqa: N815  Kubernetes' spelling
    until: Day
    container: AppName | None = None
