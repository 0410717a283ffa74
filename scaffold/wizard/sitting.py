"""One sitting: ask what is not answered yet, then review it, until it is to be written or is put off.

May import: asked, around, judged, prompt, question, screens, state.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.errors import AnswersError, FindingsError
from scaffold.wizard import screens
from scaffold.wizard.asked import asked, leading, unanswered
from scaffold.wizard.judged import complaint, problems, question_of, rendered, told
from scaffold.wizard.prompt import Prompt, Reply, Terminal
from scaffold.wizard.question import Choice, Question
from scaffold.wizard.state import DEFAULT, YOU, Given, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scaffold.errors import Problem
    from scaffold.wizard.around import Around

_MARKS = {True: "\u2713", False: "*"}


class Stopped(Exception):  # noqa: N818  a person's wish, no error
    """The sitting was put off; the state is where it goes on."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state


class Sitting:
    """Asks about one service on one terminal; `show` returns app.yaml as it would be written."""

    def __init__(self, around: Around, terminal: Terminal, show: Callable[[State], str]) -> None:
        self.around, self.terminal, self.show = around, terminal, show
        self.state = State()
        """How far it is: what is kept, whatever ends it."""

    def sit(self, state: State) -> State:
        """Return the answers that are to be written.

        Raises:
            Stopped: it was put off.
        """
        while True:
            state = self._asked(state)
            questions = asked(self.around, state)
            writable = self._review(questions, state)
            reply = self.terminal.ask(_menu(writable=writable))
            if reply.what == "stop" or reply.text == "stop":
                raise Stopped(state)
            if reply.text == "write":
                return state
            state = self._chosen(reply, questions, state)

    def _asked(self, state: State) -> State:
        """Ask until every question has an answer, and what these lead to has one."""
        while True:
            self.state = state
            questions = leading(self.around, state)
            question, why = next(unanswered(questions, state), None), ""
            if question is None:
                state, left = self._settled(questions, state)
                question, why = next(self._needed(left, state), (None, "")) if left else (None, "")
            if question is None:
                return state
            state = self._ask(question, questions, state, why)

    def _ask(self, question: Question, questions: tuple[Question, ...], state: State, why: str = "") -> State:
        prompt = self.prompt(question, state, wrong=why)
        while True:
            reply = self.terminal.ask(prompt)
            if reply.what == "stop":
                raise Stopped(state)
            if reply.what == "back":
                return state.back({one.id for one in questions})
            given = _given(question, reply.text, state)
            wrong = complaint(self.around, state, question, given.text)
            if not wrong:
                mark = _MARKS[self.terminal.unicode]
                self.terminal.say(screens.answered(question, given, self.terminal.columns, mark))
                return state.answered(given)
            prompt = self.prompt(question, state, given.text, wrong)

    def _settled(self, questions: tuple[Question, ...], state: State) -> tuple[State, set[Problem]]:
        """Return the state in which quiet choices are what the other answers need them to be, and what is wrong yet."""
        found = problems(self.around, state, deep=True)
        if not found:
            return state, found
        for quiet in (one for one in questions if one.quiet and one.choices and not one.owns and not state.of(one.id)):
            for choice in quiet.choices:
                other = state.answered(Given(quiet.id, choice.word, DEFAULT))
                if not problems(self.around, other, deep=True):
                    return other, set()
        return state, found

    def _needed(self, found: set[Problem], state: State) -> Iterator[tuple[Question, str]]:
        """Yield quiet questions that a problem names, with it: a field of a choice, or of a spec by its path."""
        questions = asked(self.around, state)
        left = [one for one in questions if one.quiet and "." in one.id and state.of(one.id) is None]
        for problem in sorted(found):
            words = set(re.findall(r"[A-Za-z]+", problem.remedy))
            fields = set(re.findall(r"\bspec\.([A-Za-z]+)|\b([A-Za-z]+): \{", problem.remedy))
            named = {word for found in fields for word in found}
            for one in left:
                if one.id.rpartition(".")[2] in (named if one.owns else words):
                    yield one, told(problem)

    def prompt(self, question: Question, state: State, typed: str = "", wrong: str = "") -> Prompt:
        """Return how a question is shown; a proposal that does not hold is no default, but what stands there."""
        before, default = state.before(question.id), question.default
        proposed, source = (default.text, default.source) if default else (None, "")
        if before:
            proposed, source = before.text, "your answer"
        if proposed is not None and not typed and not wrong and not question.choices:
            wrong = complaint(self.around, state, question, proposed)
            if wrong:
                typed, wrong, proposed = proposed, f"{source}: {wrong}" if source else wrong, None
        link = f"\n{question.link}" if question.link else ""
        return Prompt(
            screens.head(question.section),
            question.text,
            question.help + link,
            proposed,
            source,
            typed,
            wrong,
            question.choices,
            question.known,
            question.id,
            lambda text: complaint(self.around, state, question, text),
        )

    def _review(self, questions: tuple[Question, ...], state: State) -> bool:
        """Show the review; return whether what it shows can be written."""
        columns = self.terminal.columns
        self.terminal.say(["", f"{screens.head('Review')}", *screens.review(questions, state, columns), ""])
        try:
            several = rendered(self.around, state)
        except AnswersError as error:
            titles = {question.id: question.title for question in questions}
            for problem in error.problems:
                title = titles.get(question_of(problem), "")
                self.terminal.say(screens.wrapped(f"{title}: {told(problem)}".removeprefix(": "), columns))
            return False
        except FindingsError as error:
            self.terminal.say(screens.wrapped(f"This does not pass verification yet:\n{error}", columns))
            return False
        self.terminal.say(screens.preview(several, columns))
        return True

    def _chosen(self, reply: Reply, questions: tuple[Question, ...], state: State) -> State:
        if reply.what == "back":
            return state.back({one.id for one in questions})
        if reply.text == "change":
            return self._change([question for question, _ in screens.rows(questions, state)], state, "Which answer?")
        if reply.text == "more":
            several = [one for one in questions if one.quiet and state.of(one.id) is None]
            return self._change(several, state, "What else is to be said?")
        if reply.text == "files":
            self.terminal.say(screens.listed(rendered(self.around, state), self.terminal.columns))
        if reply.text == "answers":
            self.terminal.say(self.show(state).splitlines())
        return state

    def _change(self, several: list[Question], state: State, text: str) -> State:
        """Let one of some questions be chosen, and ask it."""
        choices = tuple(Choice(one.id, one.title) for one in several)
        reply = self.terminal.ask(Prompt(screens.head("Review"), text, choices=choices))
        if reply.what == "stop":
            raise Stopped(state)
        if reply.what == "back":
            return state
        question = next(one for one in several if one.id == reply.text)
        again = state.reopened(question.id)
        made = self._ask(question, (), again)
        return state if made == again else made


def _given(question: Question, text: str, state: State) -> Given:
    """Return an answer with its origin: a proposal that was accepted keeps its own."""
    before, default = state.before(question.id), question.default
    if before and text == before.text:
        return Given(question.id, text, before.origin)
    if default and text == default.text:
        return Given(question.id, text, default.source or DEFAULT)
    return Given(question.id, text, YOU)


def _menu(*, writable: bool) -> Prompt:
    first = (Choice("write", "write app.yaml and the bundle"),) if writable else ()
    rest = (
        Choice("change", "change an answer"),
        Choice("more", "say more: pods, resources, rights, the mesh, all else"),
        *((Choice("files", "show the files of the bundle"),) if writable else ()),
        Choice("answers", "show app.yaml"),
        Choice("stop", "stop here, and keep a draft"),
    )
    text = "Is it right?" if writable else "Something has to be changed before it can be written."
    choices = (*first, *rest)
    return Prompt(screens.head("Review"), text, proposed=choices[0].word, choices=choices)
