"""Read our own Markdown: rendered files, and templates for their lint.

Line by line: code and tags may not reach over the end of a line, except in a fenced block that begins at the very start
of its line. There, CommonMark knows of no container that could end the block earlier.

May import: errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_FENCE = re.compile(r"(`{3,})[^`]*\Z|(~{3,})")
_FENCE_END = re.compile(r" {0,3}(?:`+|~+)[ \t]*\Z")
# Left to right, as CommonMark reads: a character that a backslash makes plain, a code span, backticks without an end.
_PLAIN_OR_CODE = re.compile(r"\\[!-/:-@\[-`{-~]|(`+)(?!`)(?:.*?[^`])\1(?!`)|`+")
_TAG = re.compile(r"<[A-Za-z/!?]")


def reread(text: str, file: str) -> tuple[list[Any], list[Problem]]:
    """Read our own output back, strictly.

    Returns:
        No objects, and a problem for each line with raw HTML, with code that it does not end, or with a character that
        is not text; also where there is no text, or a fenced block does not end.
    """
    found = list(_problems(text))
    return [], [Problem(Place(file, line, 1), why) for line, why in found]


def _problems(text: str) -> Iterator[tuple[int, str]]:
    if not text.strip():
        yield 1, "holds no text"
    for number, line in enumerate(text.split("\n"), 1):
        odd = _UNREADABLE.search(line)
        if odd:
            yield number, f"the character U+{ord(odd[0]):04X}"
    try:
        for number, line in prose(text):
            if why := unsound(line):
                yield number, why
    except ValueError as error:
        yield 1, str(error)


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line outside fenced blocks with its number; what a backslash escapes, and code, is replaced by `x`.

    Raises:
        ValueError: a fenced block does not end.
    """
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        opens = _FENCE.match(line)
        if fence:
            if _FENCE_END.match(line) and line.strip(" \t").startswith(fence):
                fence = ""
        elif opens:
            fence = opens[1] or opens[2]
        else:
            yield number, _PLAIN_OR_CODE.sub(_blank, line)
    if fence:
        raise ValueError(f"a fenced block ({fence}) that does not end")


def unsound(line: str) -> str | None:
    """Say what is wrong with a line of prose, if anything."""
    if _TAG.search(line):
        return "raw HTML: write Markdown"
    if "~~~" in line:
        return "a fenced block begins at the very start of its line"
    if "`" in line:
        return "a code span ends on its line; a fenced block begins at the very start of its own"
    return None


def _blank(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("`") and not match[1] else "x"
