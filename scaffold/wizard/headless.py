"""A sitting without a terminal: what is missing is listed, all of it at once, and nothing waits.

May import: asked, around, judged, state, errors, answers.walker (the nearest word).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.walker import nearest
from scaffold.errors import AnswersError, Place, Problem
from scaffold.wizard.asked import asked, leading, unanswered
from scaffold.wizard.judged import assumed, complaint
from scaffold.wizard.state import DEFAULT, Given, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.wizard.around import Around
    from scaffold.wizard.question import Question


def completed(around: Around, state: State, *, defaults: bool) -> State:
    """Return the state in which every question is answered.

    Args:
        around: what is known.
        state: the answers that were given.
        defaults: whether what is proposed is accepted.

    Raises:
        AnswersError: with every question that is not answered, and every proposal that does not hold.
    """
    missing: list[Problem] = []
    while question := next(unanswered(leading(around, state), state), None):
        default = question.default
        wrong = complaint(around, state, question, default.text) if default else ""
        if not default or wrong or not defaults:
            missing.append(_missing(question, wrong))
        state = state.answered(Given(question.id, *_proposed(question)))
    if missing:
        raise AnswersError(missing)
    return state


def _proposed(question: Question) -> tuple[str, str]:
    default = question.default
    return (default.text, default.source or DEFAULT) if default else (question.example, DEFAULT)


def _missing(question: Question, wrong: str) -> Problem:
    default = question.default
    remedy = f"--answer '{question.id}=…'"
    if default and not wrong:
        source = f", {default.source}" if default.source else ""
        remedy += f"; proposed: {default.text}{source}, which --defaults accepts"
    elif default:
        remedy += f"; {default.text} was proposed, but: {wrong}"
    elif question.example:
        remedy += f", for example {question.example}"
    if question.choices:
        remedy += f"; one of: {', '.join(choice.word for choice in question.choices)}"
    return Problem(Place(f"question {question.id}", 0, 0), question.text, remedy)


def check(around: Around, state: State, given: Iterable[Given]) -> None:
    """Look at answers that were given with the command.

    Raises:
        AnswersError: one is to no question, or does not hold.
    """
    questions = {one.id: one for one in asked(around, assumed(around, state))}
    found = []
    for one in given:
        place = Place(f"--answer {one.question}", 0, 0)
        if one.question not in questions:
            known = ", ".join(name for name, question in questions.items() if not question.quiet)
            why = f"no such question{nearest(one.question, questions)}"
            remedy = f"asked are: {known}; besides these, fields by app.NAME and platform.NAME"
            found.append(Problem(place, why, remedy))
        elif wrong := complaint(around, state, questions[one.question], one.text):
            found.append(Problem(place, wrong))
    if found:
        raise AnswersError(found)
