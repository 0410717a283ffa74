"""What a run of `render` did, told as text or as JSON.

May import: bundle.disk, finding, errors.
"""

from __future__ import annotations

import difflib
import json
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from scaffold.errors import EditedError, FindingsError, ProblemsError, ScaffoldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from scaffold.bundle.disk import Change
    from scaffold.finding import Finding

_QUIET = {"unchanged", "kept"}


def listed(made: Iterable[Change], purposes: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each file that changes: what happens to it, and what it is for."""
    shown = [change for change in made if change.kind not in _QUIET]
    width = max((len(change.path) for change in shown), default=0)
    for change in shown:
        yield f"{change.kind:<8} {change.path:<{width}}  {purposes.get(change.path, 'no longer rendered')}"


def patches(made: Iterable[Change]) -> Iterator[str]:
    """Yield the lines of a unified diff of each file that changes."""
    for change in made:
        if change.kind in _QUIET:
            continue
        before, after = change.before.splitlines(), change.after.splitlines()
        old = "/dev/null" if change.kind == "created" else f"a/{change.path}"
        new = "/dev/null" if change.kind == "removed" else f"b/{change.path}"
        yield from difflib.unified_diff(before, after, old, new, lineterm="")


def summary(made: Iterable[Change], out: Path, *, written: bool) -> str:
    """Return one line: how many files of which kind."""
    counts: dict[str, int] = {}
    for change in made:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"{out}: {said}" + ("" if written else " (nothing was written)")


def for_editors(folder: Path) -> str:
    """Return how an editor gets the schema of the answers in `folder`; nothing where it lies there."""
    schema = folder / "app.schema.json"  # as the first line of the files names it
    if schema.exists():
        return ""
    return f"For an editor that completes and checks answers:\n  scaffold schema app > {shlex.quote(str(schema))}"


def as_json(made: Iterable[Change], findings: Iterable[Finding], *, written: bool, diff: bool) -> dict[str, Any]:
    """Return the same as JSON: every file with its kind, every finding; `diff` adds the patch of each change."""
    changes = [
        {"path": change.path, "kind": change.kind} | ({"diff": "\n".join(patches([change]))} if diff else {})
        for change in made
    ]
    return {"written": written, "changes": changes, "findings": [_finding(one) for one in findings]}


@contextmanager
def told(form: str) -> Iterator[None]:
    """Tell an error on standard output, too, where JSON is asked for; it goes on to standard error."""
    try:
        yield
    except ScaffoldError as error:
        if form == "json" and not isinstance(error, EditedError):  # which tells what it would have written, itself
            click.echo(json.dumps({"written": False, **_error(error)}, indent=2))
        raise


def _error(error: ScaffoldError) -> dict[str, Any]:
    match error:
        case ProblemsError(problems=problems):
            return {
                "problems": [
                    {**problem.place._asdict(), "message": problem.message, "remedy": problem.remedy}
                    for problem in problems
                ]
            }
        case FindingsError(findings=findings):
            return {"findings": [_finding(one) for one in findings]}
        case _:
            return {"problems": [{"message": str(error)}]}


def _finding(finding: Any) -> dict[str, str]:
    return {name: getattr(finding, name) for name in ("severity", "check", "place", "reason", "remedy")}
