"""What was answered so far. A state is a value: going back, jumping and resuming are just other states.

May import: value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

YOU, DEFAULT, PRESET = "you", "default", "preset"


class Given(Value, frozen=True):
    """An answer to a question, as it was typed or chosen, and who says so: `you`, `default`, or a place."""

    question: str
    text: str
    origin: str = YOU


class State(Value, frozen=True):
    """The answers in the order of asking, and those to questions that are asked again: they are proposed."""

    given: tuple[Given, ...] = ()
    aside: tuple[Given, ...] = ()

    def of(self, question: str) -> Given | None:
        """Return the answer to a question."""
        return _find(self.given, question)

    def before(self, question: str) -> Given | None:
        """Return what was answered before it was asked again."""
        return _find(self.aside, question)

    def answered(self, given: Given) -> State:
        """Return the state with one answer more, or with another one than before."""
        if self.of(given.question):
            made = tuple(given if one.question == given.question else one for one in self.given)
        else:
            made = (*self.given, given)
        return replace(self, given=made, aside=_without(self.aside, {given.question}))

    def reopened(self, question: str) -> State:
        """Return the state in which a question is asked again; its answer is proposed then."""
        found = self.of(question)
        if found is None:
            return self
        aside = (*_without(self.aside, {question}), found)
        return State(_without(self.given, {question}), aside)

    def back(self, asked: Collection[str]) -> State:
        """Return the state before the last answer to one of the questions that are asked now."""
        last = next((one.question for one in reversed(self.given) if one.question in asked), None)
        return self if last is None else self.reopened(last)


def _find(given: Iterable[Given], question: str) -> Given | None:
    return next((one for one in given if one.question == question), None)


def _without(given: Iterable[Given], questions: Collection[str]) -> tuple[Given, ...]:
    return tuple(one for one in given if one.question not in questions)
