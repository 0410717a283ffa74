"""What the lines of all lists have in common: entries between commas, and `none`.

May import: nothing of the project.
"""

from __future__ import annotations

NONE = "none"
LONGEST = 4000
"""Characters of an answer: more was pasted by mistake."""


class Misspelt(Exception):  # noqa: N818  a signal for who asked, who asks again
    """What was typed is no answer: why, and what to type instead. It never repeats what may be a secret's value."""

    def __str__(self) -> str:
        return f"{self.why}; {self.remedy}" if self.remedy else self.why

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.why, self.remedy = why, remedy


def entries(text: str) -> list[str]:
    """Return the entries of a list; `none`, and nothing at all, are no entries.

    Raises:
        Misspelt: it is too long, or holds what no terminal should be told.
    """
    if len(text) > LONGEST:
        raise Misspelt(f"more than {LONGEST} characters", "what is longer belongs into app.yaml, with an editor")
    if not text.isprintable():
        raise Misspelt("a character that is not printed", "type it, instead of pasting it")
    if text.strip() == NONE:
        return []
    return [entry for part in text.split(",") if (entry := part.strip())]


def spelled(found: list[str]) -> str:
    """Spell a list; `none` where it is empty."""
    return ", ".join(found) or NONE
