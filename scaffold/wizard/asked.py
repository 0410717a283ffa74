"""Which questions there are, by what was answered so far: a pure function, so that going back is just another state.

May import: around, question, questions, state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.wizard.question import APP, PLATFORM
from scaffold.wizard.questions import network, platform, ports, rights, secrets, service
from scaffold.wizard.questions.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scaffold.wizard.around import Around
    from scaffold.wizard.question import Question
    from scaffold.wizard.state import State

_SECTIONS = (service, ports, network, secrets, rights)
_OWN = ("image", "workload", "ports", "health", "from", "to", "secrets", "permissions", "environments")


def asked(around: Around, state: State) -> tuple[Question, ...]:
    """Return the questions in their order, quiet ones among them."""
    return _asked(around, state, lambda _: True)


def leading(around: Around, state: State) -> tuple[Question, ...]:
    """Return the same without fields of which nothing was said: they decide nothing, and there are many."""
    given = {one.question for one in state.given}
    return _asked(around, state, lambda id_: id_ in given)


def _asked(around: Around, state: State, wanted: Callable[[str], bool]) -> tuple[Question, ...]:
    seen = Seen(around, {one.question: one.text for one in state.given})
    made: list[Question] = []
    for section in _SECTIONS:
        for question in section.questions(seen):
            seen.add(question)
            made.append(question)
    owned = {(APP, name) for name in _OWN} | {(PLATFORM, "secretStores")}
    owned |= {(kind, str(path[1])) for one in made for kind, path in one.owns if path[0] == "spec"}
    owned |= {(PLATFORM, one.id.partition(".")[0]) for one in made}  # `apiServer.cidrs` decides of apiServer
    for question in platform.questions(seen, owned, wanted):
        seen.add(question)
        made.append(question)
    return tuple(made)


def unanswered(questions: tuple[Question, ...], state: State) -> Iterator[Question]:
    """Yield the questions that are still to be asked."""
    return (one for one in questions if not one.quiet and state.of(one.id) is None)
