"""What is shown besides questions, as lines of text: pure functions of the state.

May import: question, state, prompt (types), judged, platforms (types), finding (types).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from scaffold.errors import printable
from scaffold.wizard.question import SECTIONS
from scaffold.wizard.spelling.entries import NONE
from scaffold.wizard.state import DEFAULT, Given

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.platforms import Part
    from scaffold.wizard.question import Question
    from scaffold.wizard.state import State

_NARROW = 60
_MOST_FINDINGS = 4
_SCOPES = {
    "app": "of the App",
    "namespace": "of its namespace",
    "request": "to hand over",
    "on-demand": "for incidents",
    "index": "that list and explain",
}


def head(section: str) -> str:
    """Return how far one is: `3/7 Network`."""
    return f"{SECTIONS.index(section) + 1}/{len(SECTIONS)} {section}"


def wrapped(text: str, columns: int, indent: str = "") -> list[str]:
    """Return text in lines of at most so many columns; a word that is longer is broken."""
    made: list[str] = []
    for line in text.split("\n"):
        plain = printable(line)
        made += textwrap.wrap(plain, max(columns, 20), initial_indent=indent, subsequent_indent=indent) or [""]
    return made


def answered(question: Question, given: Given, columns: int, mark: str) -> list[str]:
    """Return what is left on the screen of a question that was answered."""
    first, *rest = wrapped(f"{question.title}: {given.text}{_source(given)}", columns - 2)
    return [f"{mark} {first}", *(f"  {line}" for line in rest)]


def _source(given: Given) -> str:
    return f"  ({given.origin})" if given.origin not in {"", "you"} else ""


def rows(questions: Iterable[Question], state: State) -> Iterator[tuple[Question, Given]]:
    """Yield each answer with its question: those that were given, and what was found without asking."""
    for question in questions:
        given = state.of(question.id)
        default = question.default
        if given is not None:
            yield question, given
        elif question.quiet and default and default.text != NONE and question.owns:
            yield question, Given(question.id, default.text, default.source or DEFAULT)


def review(questions: Iterable[Question], state: State, columns: int) -> list[str]:
    """Return every answer with its source, section by section; on a narrow screen the source stands below."""
    made: list[str] = []
    several = sorted(rows(questions, state), key=lambda row: SECTIONS.index(row[0].section))
    width = min(max((len(question.title) for question, _ in several), default=0), 24)
    section = ""
    for question, given in several:
        if question.section != section:
            section = question.section
            made.append(section)
        title, source = f"  {question.title:<{width}}  ", given.origin
        if columns < _NARROW:
            made += wrapped(f"{question.title}: {given.text} ({source})", columns, "  ")
            continue
        room = columns - len(title) - len(source) - 2
        if room >= len(given.text):
            made.append(printable(f"{title}{given.text:<{room}}  {source}"))
        else:
            lines = wrapped(given.text, columns - len(title))
            made += [title + lines[0], *(" " * len(title) + line for line in lines[1:])]
            made.append(f"{source:>{columns}}")
    return made


def preview(several: Iterable[Part], columns: int) -> list[str]:
    """Return what the bundle will contain, and what is left open in it."""
    made: list[str] = []
    for part in several:
        files = part.verified.bundle.files
        counts = {scope: sum(file.scope == scope for file in files) for scope in _SCOPES}
        told = [f"{count} {_SCOPES[scope]}" for scope, count in counts.items() if count]
        rest = len(files) - sum(counts.values())
        told += [f"{rest} more"] if rest else []
        made += wrapped(f"The bundle: {len(files)} files, verified: {', '.join(told)}.", columns)
        found = [finding for finding in part.verified.findings if finding.severity != "note"]
        if found:
            made += wrapped(f"Left open, and said first in SECURITY.md ({len(found)}):", columns)
        for finding in found[:_MOST_FINDINGS]:
            made += wrapped(f"- {finding.reason}", columns - 2, "  ")
        if len(found) > _MOST_FINDINGS:
            made.append(f"  and {len(found) - _MOST_FINDINGS} more")
    return made


def listed(several: Iterable[Part], columns: int) -> list[str]:
    """Return the files of the bundle."""
    paths = [file.path for part in several for file in part.verified.bundle.files]
    return [line for path in paths for line in wrapped(path, columns, "  ")]
