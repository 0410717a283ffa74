"""A question as a value: what it asks, why, what it proposes, and what of the documents an answer to it decides.

May import: documents (paths), spelling, value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from scaffold.value import Value
from scaffold.wizard.spelling import plain

if TYPE_CHECKING:
    from scaffold.documents.editing import Path

SECTIONS = ("Service", "Ports", "Network", "Secrets", "Rights", "Platform", "Review")
APP, PLATFORM = "App", "Platform"


class Patch(NamedTuple):
    """One value of a document that an answer decides; None takes away what was found there."""

    kind: str
    path: Path
    value: Any


Read: TypeAlias = Callable[[str], list[Patch]]
"""Reads what was typed; it raises `Misspelt`."""


class Choice(Value, frozen=True):
    """One of several answers: its word, and what it means."""

    word: str
    text: str


class Default(Value, frozen=True):
    """What is proposed, as it would be typed, and where it was read: a place, or a word that says why."""

    text: str
    source: str = ""


class Question(Value, frozen=True):
    """What is asked.

    `title` names the answer on the review, `help` explains the question, and `link` leads to the standard behind it.
    With `choices` one of their words is chosen. A `quiet` question is asked on demand only, and has its default until
    then. `owns` are the paths of the documents that nothing else but an answer to it decides. `known` are words that
    may be completed, and the `example` is an answer that holds, where nothing is
    proposed.
    """

    id: str
    section: str
    title: str
    text: str
    help: str
    read: Read
    owns: tuple[tuple[str, Path], ...]
    default: Default | None = None
    choices: tuple[Choice, ...] = ()
    link: str = ""
    quiet: bool = False
    known: tuple[str, ...] = ()
    example: str = ""


def value_at(path: Path, kind: str = APP) -> Read:
    """Return a reader that puts what was typed at a path, as a string."""
    return lambda text: [Patch(kind, path, text)]


def or_yaml(path: Path, read: Callable[[str], Any], kind: str = APP) -> Read:
    """Return a reader of a line in its own words, or of the whole value as YAML: `{…}` or `[{…}]`."""

    def either(text: str) -> list[Patch]:
        whole = text.lstrip().startswith(("{", "[{"))
        return [Patch(kind, path, plain.read(text) if whole else read(text))]

    return either
