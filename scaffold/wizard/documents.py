"""The documents that the answers make: what was found, with what was answered put over it.

Each value's place is the question that decides it, or the foreign file that it was read from: a problem of the loader's
leads to the question that mends it.

May import: around, question, state, spelling, documents, answers.schema.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.answers.schema import API_VERSION
from scaffold.documents.editing import copy_of, holds, put, take
from scaffold.documents.reading import Document, Mark
from scaffold.wizard.question import APP, PLATFORM
from scaffold.wizard.spelling.entries import Misspelt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.wizard.around import Around
    from scaffold.wizard.question import Patch, Question
    from scaffold.wizard.state import State

NAME_OF_PLATFORM = "cluster"
QUESTION = "question "
"""Before the id of a question, where a place would name a file."""


def documents(around: Around, questions: Iterable[Question], state: State) -> list[Document]:
    """Return the App, and the Platform: the one found, or the one that answers make; none where there is neither.

    An answer that cannot be read is left out. Quiet questions have their defaults.
    """
    app, platform = copy_of(around.found), Document("platform.yaml", {}, Mark(1, 1))
    app.value |= {"apiVersion": API_VERSION, "kind": APP}
    made = {APP: app, PLATFORM: platform}
    several = tuple(one for one in questions if not _is_found(around, one, state))
    for kind, path in (own for one in several for own in one.owns):
        if holds(made[kind], path):
            take(made[kind], path)
    for question in several:
        for patch in _patches(question, state):
            _apply(made[patch.kind], patch, question.id)
    if not platform.value:
        return [_ordered(app), *around.platforms]
    head = {"apiVersion": API_VERSION, "kind": PLATFORM, "metadata": {"name": NAME_OF_PLATFORM}}
    return [_ordered(app), Document(platform.file, head | platform.value, platform.mark)]


def _is_found(around: Around, question: Question, state: State) -> bool:
    """Tell whether what was found stands as it is: nobody was asked, and it keeps its own places."""
    own = next((path for kind, path in question.owns if kind == APP), None)
    return question.quiet and state.of(question.id) is None and own is not None and around.read(own) is not None


def _patches(question: Question, state: State) -> list[Patch]:
    given = state.of(question.id)
    text = given.text if given else question.default.text if question.quiet and question.default else ""
    try:
        return question.read(text) if text else []
    except Misspelt:
        return []


def _apply(document: Document, patch: Patch, question: str) -> None:
    if patch.value is None or patch.value in ([], {}):
        if holds(document, patch.path):
            take(document, patch.path)
        return
    put(document, patch.path, patch.value, Mark(1, 1, file=QUESTION + question))


def with_sources(several: Iterable[Document], state: State) -> list[Document]:
    """Return documents whose places are the foreign files that proposals were read from; of other answers none.

    What an App's own file said is none of a foreign one.
    """
    return [Document(one.file, one.value, _sourced(one.mark, state, one.file)) for one in several]


def _sourced(mark: Mark, state: State, own: str) -> Mark:
    children = {step: _sourced(child, state, own) for step, child in mark.children.items()}
    if not mark.file.startswith(QUESTION):
        return Mark(mark.line, mark.column, dict(mark.keys), children, mark.file)
    given = state.of(mark.file.removeprefix(QUESTION))
    found = _PLACE.fullmatch(given.origin) if given else None
    if found and found["file"] != own:
        return Mark(int(found["line"]), 1, {}, children, found["file"])
    return Mark(0, 0, {}, children)


_PLACE = re.compile(r"(?P<file>\S.*):(?P<line>[1-9][0-9]{0,8})")


def _ordered(document: Document) -> Document:
    """Return an App with its fields in the order in which people write them."""
    names = ("apiVersion", "kind", "metadata", "spec")
    value: dict[str, Any] = {name: document.value[name] for name in names if name in document.value}
    return Document(document.file, value, document.mark)
