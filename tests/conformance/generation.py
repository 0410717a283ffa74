"""Claims on systems that nobody thought of: made from the schema, the same in each run.

A system that fails is cut down to what still fails and written to `found/`, where every later run asks about it first:
add it to the commit.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from generated import settled, systems
from harness import Run, documents, dump, run_answers
from hypothesis import HealthCheck, Phase, given, settings

from scaffold.answers.load import from_documents, load
from scaffold.catalog import Catalog
from scaffold.errors import AnswersError

FOUND = Path(__file__).parent / "found"
GENERATED = "generated"
"""What stands in proof.json instead of an example."""

_CUTTING = 60  # seconds

Check = Callable[[Run], None]


def each_system(catalog: Catalog, count: int, claim: str, check: Check) -> None:
    """Check the systems that failed once, then so many generated ones."""
    for path in sorted(FOUND.glob("*.yaml")):
        check(run_answers(catalog, load([path], catalog)))

    @settings(
        max_examples=count, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(systems(catalog))
    def property_(values: list[Any]) -> None:
        left, run = settled(catalog, values)
        try:
            check(run)
        except Exception as error:
            path = FOUND / f"{claim.replace('/', '-')}.yaml"
            least = _cut_down(catalog, left, check)
            path.write_text("---\n".join(map(dump, least)), "utf-8")
            error.add_note(f"the answers were cut down and written to {path}")
            raise

    property_()


def _cut_down(catalog: Catalog, values: list[Any], check: Check) -> list[Any]:
    """Return what still fails when whatever can be left out is left out, as far as that is found in a minute.

    hypothesis' own shrinking works on what was drawn, not on what is left of it, and takes five times as long.
    """
    end, smaller = time.monotonic() + _CUTTING, True
    while smaller:
        smaller = False
        for path in list(_parts(values)):
            cut = _without(values, path)
            if time.monotonic() > end:
                return values
            if cut is not None and _fails(catalog, cut, check):
                values, smaller = cut, True
    return values


def _fails(catalog: Catalog, values: list[Any], check: Check) -> bool:
    try:
        run = run_answers(catalog, from_documents(documents(*values), catalog))
    except AnswersError:
        return False
    try:
        check(run)
    except Exception:  # noqa: BLE001  whatever went wrong
        return True
    return False


def _parts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each part, the largest first, later items before earlier ones."""
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, _ in reversed(items):
        yield (*path, key)
    for key, item in items:
        yield from _parts(item, (*path, key))


def _without(values: list[Any], path: tuple[Any, ...]) -> list[Any] | None:
    made: Any = copy.deepcopy(values)
    at = made
    try:
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
    except (KeyError, IndexError):  # gone with something else
        return None
    return made
