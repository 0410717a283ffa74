"""What stands for a system where no answers were given: whoever asks it anything is told so.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, cast

if TYPE_CHECKING:
    from scaffold.system.model import System


class UnansweredError(Exception):
    """A check asks what was declared, and nobody said."""


class _Unanswered:
    """Has no field: a check that needs answers ends here, and is told as one that was not asked."""

    def __getattr__(self, name: str) -> NoReturn:
        raise UnansweredError(name)


UNANSWERED = cast("System", _Unanswered())
"""A system of which nothing is known."""
