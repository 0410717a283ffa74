"""What was found, as text, JSON, SARIF, Markdown, and annotations of GitHub's.

May import: sarif, annotations, markdown, recheck, found, finding, errors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scaffold.errors import printable
from scaffold.finding import SEVERITIES
from scaffold.recheck.annotations import as_annotations
from scaffold.recheck.markdown import as_markdown
from scaffold.recheck.sarif import as_sarif

if TYPE_CHECKING:
    from collections.abc import Callable

    from scaffold.recheck.recheck import Recheck


def as_text(result: Recheck) -> str:
    """Return the findings as `scaffold render` prints them, each with its line; then what changes."""
    return "\n".join([*map(str, result.found), *(printable(str(one)) for one in result.changes or ())])


def as_json(result: Recheck) -> str:
    """Return the findings as JSON: `place` as the check named it, and the file, line and column that it is at."""
    value: dict[str, Any] = {
        "passed": result.passed,
        "findings": [
            {
                **{name: getattr(one.finding, name) for name in ("severity", "check", "place", "reason", "remedy")},
                **one.place._asdict(),
            }
            for one in result.found
        ],
        "notes": list(result.notes),
    }
    if result.changes is not None:
        value["changes"] = [{"kind": one.kind, "parts": list(one.parts), "why": one.why} for one in result.changes]
    return json.dumps(value, indent=2)


def summary(result: Recheck) -> str:
    """Return one line: how many findings of which severity."""
    counts = {severity: sum(one.finding.severity == severity for one in result.found) for severity in SEVERITIES}
    said = ", ".join(f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items() if count)
    return said or "nothing was found"


FORMATS: dict[str, Callable[[Recheck], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": lambda result: as_sarif(result.found),
    "github": lambda result: as_annotations(result.found),
    "markdown": lambda result: as_markdown(result, summary(result)),
}
"""How a result may be told, by the words of `--format`."""
WITH_CHANGES = ("text", "json", "markdown")
"""Those that tell what changes, too; the others know findings alone."""
