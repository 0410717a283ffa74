"""What a screen asks, and what comes back: all that the core knows of a terminal.

May import: question, value.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, Protocol

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scaffold.wizard.question import Choice


NEEDED = "An answer is needed: nothing is proposed here."


class Prompt(Value, frozen=True):
    """One question as it is shown.

    `head` says how far one is, `proposed` is what Enter alone accepts, with its `source`; `typed` is what stands there
    already, and `wrong` what is wrong with it. `question` is its id. `check` returns what is wrong with a text, or
    nothing.
    """

    head: str
    text: str
    help: str = ""
    proposed: str | None = None
    source: str = ""
    typed: str = ""
    wrong: str = ""
    choices: tuple[Choice, ...] = ()
    known: tuple[str, ...] = ()
    question: str = ""
    check: Callable[[str], str] = lambda _: ""


class Reply(Value, frozen=True):
    """What a person did: answered with a text, went back, or stopped."""

    what: Literal["answer", "back", "stop"]
    text: str = ""


def columns_now() -> int:
    """Return how wide the terminal is, asked of itself: what a variable says may be another one's, or older."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 80


class Terminal(Protocol):
    """A terminal: it asks, and it says; `columns` are how wide a line may be, and `marks` which signs it has."""

    @property
    def columns(self) -> int:
        """How many columns there are now."""

    @property
    def unicode(self) -> bool:
        """Whether other signs than ASCII may be shown."""

    def ask(self, prompt: Prompt) -> Reply:
        """Ask until there is an answer that holds, or something else was done."""

    def say(self, lines: Iterable[str]) -> None:
        """Show lines."""
