"""Values in Markdown (CommonMark with GitHub's extensions): one line of literal text, or of code.

What no syntax can take up stays as it is, so that ordinary text is readable in the source: `api.example.com:443`,
`shop/orders`, `one-word`. The rest gets a backslash. What GitHub does to the text that comes out, only `code` stops: it
links e-mail addresses, draws `:name:`, and in comments (not in files) notifies whom an `@name` names.

May import: verbatim (stock cookiecutter imports it through `escape`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from scaffold.render.verbatim import Verbatim

# An empty value must not leave a line that is nothing but `-`: that makes a heading of the line above it.
_EMPTY = "&nbsp;"
# Some renderers take a line for a row of a table as soon as it has a bar, be there a backslash before it.
_BAR = "&#124;"
# Invisible, though Unicode counts them as letters and marks: text could be hidden in them.
_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(code) for code in range(0xE0100, 0xE01F0)}
_SPACES = frozenset(("Cc", "Cs", "Zl", "Zp", "Zs"))
_SYNTAX = re.compile(
    r"""
    [\\`*\[\]<~\#$@{]                # spans, links, tags, strikethrough, headings, math, mentions, Jekyll
    | (?<=\{)%                       # Jekyll's other tag
    | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9])  # inside a word it is a letter
    | &(?=[A-Za-z\#])                # a character reference
    | /(?=/)                         # an address
    | (?<=www)\.                     # another one
    | \A[-+=>:]                      # a list, a rule, a heading's underline, a quote, a table's alignment
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"\A([0-9]+)([.)])(?= |\Z)")


def inline(value: Any) -> str:
    """Make one line of text of which a renderer shows each character as it is.

    Raises:
        TypeError: the value is neither text nor a number nor a truth value.
    """
    text = _line(value)
    if not text:
        return _EMPTY
    return _NUMBERED.sub(r"\1\\\2", _SYNTAX.sub(r"\\\g<0>", text)).replace("|", _BAR)


def code(value: Any) -> Verbatim:
    """Make a code span; of a value with `|` plain text, as code with it is spelt differently in a table and outside."""
    text = _line(value)
    return Verbatim(inline(text)) if "|" in text else span(text)


def span(value: Any) -> Verbatim:
    """Make a code span outside of tables; of nothing plain text."""
    text = _line(value)
    if not text:
        return Verbatim(inline(text))
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return Verbatim(f"{fence}{pad}{text}{pad}{fence}")


def _line(value: Any) -> str:
    if not isinstance(value, (str, bool, int, float)):
        raise TypeError(f"a {type(value).__name__} cannot stand in Markdown")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not (text.isascii() and text.isprintable()):  # nearly every text is
        text = "".join(map(_visible, text))
    return " ".join(text.split())


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES:
        return " "
    return "" if category == "Cf" or character in _HIDDEN else character
