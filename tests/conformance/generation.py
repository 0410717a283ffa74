"""Claims on systems that nobody thought of: made from the schema, the same in each run, no two alike.

A system that fails is cut down to what still fails and written to `found/`, where every later run asks about it first:
add it to the commit. Only a claim that does not hold does so: a server that died says nothing about a system.
"""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from generated import settled, systems
from harness import Run, documents, dump, run_answers
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from scaffold.answers.load import from_documents, load
from scaffold.catalog import Catalog
from scaffold.errors import AnswersError, FindingsError

FOUND = Path(__file__).parent / "found"
GENERATED = "generated"
"""What stands in proof.json instead of an example."""

_CUTTING = 60  # seconds
_DRAWS = 3  # for each system that is asked for, at most
_REFUTED = (AssertionError, FindingsError)

Check = Callable[[Run], None]


def each_system(catalog: Catalog, count: int, claim: str, check: Check) -> int:
    """Check the systems that failed once, then so many generated ones; return how many of these, no two alike."""
    for path in sorted(FOUND.glob("*.yaml")):
        try:
            check(run_answers(catalog, *load([path], catalog)))
        except _REFUTED as error:
            error.add_note(f"the answers are {path}")
            raise
    made = distinct(catalog, systems(catalog), count)
    each_of(catalog, made, claim, check)
    return len(made)


def each_of(catalog: Catalog, made: list[list[Any]], claim: str, check: Check) -> None:
    """Check some systems; the first that fails is cut down and kept."""
    for left in made:
        run = run_answers(catalog, *from_documents(documents(*left), catalog))  # kept, they would fill the memory
        try:
            check(run)
        except _REFUTED as error:
            path = _keep(claim, _cut_down(catalog, left, check))
            error.add_note(f"the answers were cut down and written to {path}")
            raise


def distinct(catalog: Catalog, drawn: SearchStrategy[list[Any]], count: int) -> list[list[Any]]:
    """Return the documents of so many systems, no two of which are the same."""
    found: dict[str, list[Any]] = {}
    for number in range(_DRAWS * count):
        if len(found) == count:
            break
        left = _drawn(catalog, drawn, number)
        found.setdefault(json.dumps(left, sort_keys=True), left)
    assert len(found) == count, f"only {len(found)} of {count} systems are distinct, of {_DRAWS * count} drawn"
    return list(found.values())


def _drawn(catalog: Catalog, drawn: SearchStrategy[list[Any]], number: int) -> list[Any]:
    """Return what is left of one value of a strategy, always the same for a number.

    hypothesis begins with the least value, and goes on from each by changing it a little: of many in one run, every
    second one is what another was. So each run is about the one behind the least.
    """
    values: list[list[Any]] = []

    @seed(number)
    @settings(
        max_examples=2, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(drawn)
    def draw(value: list[Any]) -> None:
        left = settled(catalog, value)[0] if values else value
        values.append(left)

    draw()
    return values[-1]


def _keep(claim: str, values: list[Any]) -> Path:
    """Write answers under a name of their own: what failed before stays."""
    text = "---\n".join(map(dump, values))
    path = FOUND / f"{claim.replace('/', '-')}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.yaml"
    path.write_text(text, "utf-8")
    return path


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
        run = run_answers(catalog, *from_documents(documents(*values), catalog))
    except AnswersError:
        return False
    try:
        check(run)
    except _REFUTED:
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
