"""Where a value may stand in Markdown: as words of a line, behind something that says what the line is.

Each rule is about one line, since conditions and loops drop and repeat lines: no code span, tag, link or definition
reaches over its end, and a fenced block, which does, holds no tag. Then a line means the same whatever stands above it,
and a value in it is text.

May import: documents, holes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.documents.rereading_markdown import prose, unsound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.render.holes import Hole, Skeleton

_LINK = re.compile(r"!?\[[^\[\]]*\]\([^\s()<>]*\)")
_TASK = re.compile(r"( {0,3}[-*+] )\[[ x]\] ")
_MARKERS = re.compile(r"[-*+>|#.)0-9 ]*\Z")  # what makes a line a list item, a quote, a heading or a row
_WIDE = re.compile(r"\t| {4}")  # what follows them would be indented code
_FRONT_MATTER = re.compile(r"(?:---|\+\+\+)\s*\Z")
_AFTER = re.compile(r"[.,;:)]*(?: |\Z)")


def positions(skeleton: Skeleton) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each value that stands elsewhere, and for what gives lines another meaning."""
    try:
        lines = dict(prose(skeleton.text))
    except ValueError as error:
        yield 1, str(error)
        return
    for number, line in enumerate(skeleton.source.split("\n"), 1):
        if number not in lines and "{%" in line:
            yield number, "a tag in a fenced block: build its text in the context"
        if line.count("{{") > line.count("}}"):
            yield number, "a value stands on one line"
        if number in lines:
            yield from ((number, why) for why in _spreading(lines[number]))
    written = skeleton.text.split("\n")
    for name, hole in skeleton.holes.items():
        if hole.line not in lines:
            yield hole.line, "a value in a fenced block: build its text in the context, and write `| code`"
            continue
        yield from ((hole.line, why) for why in _misplaced(name, hole, written[hole.line - 1]))


def _spreading(line: str) -> Iterator[str]:
    """Say what gives other lines than its own another meaning."""
    if why := unsound(line):
        yield why
    if re.search(r"[\[\]]", _LINK.sub("", _TASK.sub(r"\1", line))):
        yield r"a link is whole, on its line, and without a title: [text](address); a bracket is \["
    if _FRONT_MATTER.match(line):
        yield "what follows could be read as YAML: write `***` for a rule, and `## ` before a heading"
    if "$" in line:
        yield r"formulas begin so: write \$, or a code span"


def _misplaced(name: str, hole: Hole, line: str) -> Iterator[str]:
    found = re.search(rf"{name}(?![0-9])", line)
    before, after = (line[: found.start()], line[found.end() :]) if found else ("", "")
    if found and not before.strip():
        yield "a value does not begin a line: write `- `, `# `, `| ` or a word before it"
    elif not before.endswith((" ", "(")) or not _AFTER.match(after):
        yield "a value stands between spaces; `(` may stand before it, and .,;:) behind it"
    elif _MARKERS.match(before) and after.startswith((".", ")")):
        yield "a number with . or ) behind it would begin a list: write a word before it"
    if _WIDE.search(line):
        yield "a line with a value has no tab and no four spaces in a row: it could become code"
    if re.search(r"[`<\[\]]", line):
        yield "a line with a value has no code, tag, link or bracket of its own"
    if hole.safe and not hole.ends_in("code"):
        yield "of the filters that make text safe, Markdown has only code; it stands last"
