"""What was found, and what changes, as Markdown for a pull request: the gravest first, and bounded in size.

Whatever people wrote stands in code spans: there it is neither syntax nor a link, and notifies nobody.

May import: since, recheck, found, render.escape_markdown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.render.escape_markdown import span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scaffold.recheck.found import Found
    from scaffold.recheck.recheck import Recheck
    from scaffold.recheck.since import Since

_MOST_BYTES = 50_000
"""Of a section; a comment of GitHub's has at most 65,536 characters, of GitLab's a million."""
_LONGEST = 300
_NOTHING = "No flow, right, exception, secret, image or control changes."


def as_markdown(result: Recheck, summary: str) -> str:
    """Return a page of one or two sections."""
    lines = [f"## scaffold check: {summary}"]
    if result.changes is not None:
        lines += ["", "### What changes", "", *(_bounded(list(map(_change, result.changes)), 2) or [_NOTHING])]
    if result.found:
        lines += ["", "### What was found", "", *_bounded(list(map(_found, result.found)), 3)]
    return "\n".join(lines)


def _change(one: Since) -> str:
    why = f" ({_code(one.why)})" if one.why else ""
    return f"- {one.kind}: {' → '.join(map(_code, one.parts))}{why}"


def _found(one: Found) -> str:
    finding = one.finding
    remedy = f" {_code(finding.remedy)}" if finding.remedy else ""
    return f"- **{finding.severity}** {_code(str(one.place))}: {_code(finding.reason)}{remedy} ({_code(finding.check)})"


def _bounded(lines: Sequence[str], share: int) -> list[str]:
    """Return as many lines as a share of the page holds (one in so many), and how many are left out."""
    return list(_taken(lines, _MOST_BYTES // share))


def _taken(lines: Sequence[str], left: int) -> Iterator[str]:
    for number, line in enumerate(lines):
        left -= len(line.encode()) + 1
        if left < 0:
            yield f"- and {len(lines) - number} more: `scaffold check` tells them"
            return
        yield line


def _code(text: str) -> str:
    return str(span(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"))
