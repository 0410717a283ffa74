"""Any value of a document on one line, as YAML in flow style: `{cpu: 500m, memory: 512Mi}`.

May import: entries, documents, render.escape_yaml (how a word is spelled).
"""

from __future__ import annotations

from typing import Any

from scaffold.documents.reading import read as read_documents
from scaffold.render.escape_yaml import scalar
from scaffold.wizard.spelling.entries import LONGEST, NONE, Misspelt


def read(text: str) -> Any:
    """Return the value; `none` is None.

    Raises:
        Misspelt: it is no YAML, or more than one value. What was typed is not repeated.
    """
    if len(text) > LONGEST or not text.isprintable():
        raise Misspelt("too long, or with a character that is not printed", "write it into app.yaml, with an editor")
    if text.strip() == NONE:
        return None
    found, problems = read_documents(f"- {text}".encode(), "answer")
    if problems or len(found) != 1 or not isinstance(found[0].value, list) or len(found[0].value) != 1:
        raise Misspelt("not YAML", "a word, [a, list] or {a: mapping}; what has other signs in double quotes")
    return found[0].value[0]


def spell(value: Any) -> str:
    """Spell a value on one line."""
    return NONE if value is None else f'"{NONE}"' if value == NONE else scalar(value)
