"""Whether an answer holds: the answers' own loader says it, of the documents with that answer and without it.

There is no second set of rules. What is wrong with the answer to a question is what is wrong with the documents once it
is in them, and was not before.

May import: asked, around, documents, question, state, answers.load, platforms, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.answers.load import from_documents
from scaffold.documents.editing import put
from scaffold.documents.reading import Mark
from scaffold.errors import AnswersError, FindingsError, Problem
from scaffold.platforms import parts
from scaffold.wizard.asked import leading, unanswered
from scaffold.wizard.documents import QUESTION, documents
from scaffold.wizard.spelling.entries import Misspelt
from scaffold.wizard.state import DEFAULT, Given

if TYPE_CHECKING:
    from scaffold.documents.reading import Document
    from scaffold.platforms import Part
    from scaffold.wizard.around import Around
    from scaffold.wizard.question import Question
    from scaffold.wizard.state import State

_PATH = re.compile(r"(?:metadata|spec)(?:\.[^\s:]+|\[\d+\])*: ")
_NEEDED = {("metadata", "name"): "app", ("metadata", "namespace"): "app", ("spec", "image"): "example.com/app:1.0.0"}


def complaint(around: Around, state: State, question: Question, text: str) -> str:
    """Return what is wrong with an answer, and what to write instead; nothing where it holds.

    Args:
        around: what is known besides.
        state: the answers so far.
        question: what is asked.
        text: what was typed.
    """
    try:
        question.read(text)
    except Misspelt as misspelt:
        return str(misspelt)
    before = assumed(around, state.reopened(question.id)).reopened(question.id)
    after = assumed(around, state.reopened(question.id).answered(Given(question.id, text)))
    found = problems(around, after) - problems(around, before)
    wrong = sorted(found, key=lambda one: (one.place.file != QUESTION + question.id, one))
    return told(wrong[0]) if wrong else ""


def assumed(around: Around, state: State) -> State:
    """Return the state in which the rest is answered as it is proposed, or by an example.

    What an answer leads to is asked behind it, and is not wrong with it.
    """
    while True:
        left = list(unanswered(leading(around, state), state))
        texts = {one.id: one.default.text if one.default else one.example for one in left}
        if not any(texts.values()):
            return state
        for question, text in texts.items():
            state = state.answered(Given(question, text, DEFAULT)) if text else state


def told(problem: Problem) -> str:
    """Return a problem in one line: the question is its place."""
    return _PATH.sub("", problem.message, count=1) + (f"; {problem.remedy}" if problem.remedy else "")


def problems(around: Around, state: State, *, deep: bool = False) -> set[Problem]:
    """Return what is wrong with the answers so far; what was not asked yet is not missing.

    With `deep` the bundle is rendered, too: some blueprints refuse what the schema lets pass.
    """
    made = documents(around, leading(around, state), state)
    for path, value in _NEEDED.items():
        if not _has(made[0], path):
            put(made[0], path, value, Mark(1, 1))
    try:
        several = from_documents(made, around.catalog, known=around.apps)
        if deep:
            parts(around.catalog, several)
    except AnswersError as error:
        return set(error.problems)
    except FindingsError:
        return set()  # what verification finds is said on the review, where all of it is rendered
    return set()


def _has(document: Document, path: tuple[str, ...]) -> bool:
    return bool((document.value.get(path[0]) or {}).get(path[1]))


def rendered(around: Around, state: State) -> tuple[Part, ...]:
    """Return the bundle that the answers make, verified.

    Raises:
        AnswersError: the answers contradict each other.
        FindingsError: it did not pass verification.
    """
    made = documents(around, leading(around, state), state)
    return parts(around.catalog, from_documents(made, around.catalog, known=around.apps))


def question_of(problem: Problem) -> str:
    """Return the id of the question that a problem leads to; nothing where it leads to none."""
    return problem.place.file.removeprefix(QUESTION) if problem.place.file.startswith(QUESTION) else ""
