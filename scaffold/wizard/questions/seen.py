"""What a section sees: what is known around it, and what was answered, or is proposed, before it.

May import: around, question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.wizard.spelling.entries import Misspelt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffold.documents.editing import Path
    from scaffold.wizard.around import Around
    from scaffold.wizard.question import Question


class Seen:
    """The answers before a question, read: an answer that nobody gave yet is the one that is proposed."""

    def __init__(self, around: Around, given: Mapping[str, str]) -> None:
        self.around = around
        self._given = given
        self._texts: dict[str, str] = {}
        self._values: dict[tuple[str, Path], Any] = {}

    def add(self, question: Question) -> None:
        """Take in a question that is asked, and its answer."""
        text = self._given.get(question.id, question.default.text if question.default else "")
        self._texts[question.id] = text
        try:
            self._values |= {(patch.kind, patch.path): patch.value for patch in question.read(text)} if text else {}
        except Misspelt:
            return

    def text(self, question: str) -> str:
        """Return an answer as it was typed; nothing where it is not asked for."""
        return self._texts.get(question, "")

    def value(self, path: Path, kind: str = "App") -> Any:
        """Return what an answer put at a path; None where none did."""
        return self._values.get((kind, path))
