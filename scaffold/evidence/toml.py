"""Foreign TOML: its tables; where a value stands is looked up by its words.

May import: files, errors.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from scaffold.errors import Problem

if TYPE_CHECKING:
    from scaffold.evidence.files import Text

_MOST = 1 << 17
# A reader takes a long time for keys of many parts.
_PARTS = re.compile(r"""(?:[\w"'-]{1,100}[ \t]{0,8}\.[ \t]{0,8}){32}""")


def tables(text: Text) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a TOML text says, and what is wrong with it."""
    if len(text.text) > _MOST:
        why = f"not read: it has more than {_MOST} characters"
        return {}, [Problem(text.place(), why, "declare what it says yourself")]
    if _PARTS.search(text.text):
        return {}, [Problem(text.place(), "not read: a key has too many parts", "declare what it says yourself")]
    try:
        return tomllib.loads(text.text), []
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}, [Problem(text.place(), "not TOML, or nested too deeply", "mend its syntax")]


def table(whole: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a table by its names; an empty one where it is none."""
    at: Any = whole
    for name in names:
        at = at.get(name) if isinstance(at, dict) else None
    return at if isinstance(at, dict) else {}
