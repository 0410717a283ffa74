"""Claims on systems that nobody thought of: made from the schema, the same in each run, no two alike.

A system that fails is cut down to what still fails and written to `found/`, where every later run asks about it first:
add it to the commit. Only a claim that does not hold does so: a server that died says nothing about a system.
"""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import matrix
from choices import Dice
from generated import maker, settle
from harness import Run, documents, dump, run_answers

from scaffold.answers.load import from_documents, load
from scaffold.catalog import Catalog
from scaffold.errors import AnswersError, FindingsError

FOUND = Path(__file__).parent / "found"
GENERATED = "generated"
"""What stands in proof.json instead of an example."""

_CUTTING = 60  # seconds
_LEAST = 30  # pairs: each backend with each cloud, at the least
_DRAWS = 3  # for each system that is asked for, at most
_REFUTED = (AssertionError, FindingsError)

Check = Callable[[Run], None]
Made = tuple[list[Any], Run]


class Systems:
    """Generated systems, one for each number; they are kept (a megabyte each), so that the next claim makes none again."""

    def __init__(self, catalog: Catalog, make: Callable[[int], list[Any]]) -> None:
        """Take what makes the documents of a number, which need not fit together."""
        self.catalog = catalog
        self._made = cache(lambda number: settle(catalog, make(number)))

    def distinct(self, count: int) -> Iterator[Made]:
        """Yield so many systems, no two of which are the same: their documents, and what is rendered of them."""
        told: set[str] = set()
        for number in range(_DRAWS * count):
            if len(told) == count:
                return
            made = self._made(number)
            text = json.dumps(made and made[0], sort_keys=True)
            if made and text not in told:
                told.add(text)
                yield made
        assert len(told) == count, f"only {len(told)} of {count} systems are distinct, of {_DRAWS * count} drawn"

    @cached_property
    def pairs(self) -> list[Made]:
        """Systems in which each two choices of a Platform meet."""
        return [(values, _rendered(self.catalog, values)) for _, values in matrix.pairs(self.catalog)]


def generated(catalog: Catalog) -> Systems:
    """Return the systems that all claims are about."""
    make = maker(catalog)
    return Systems(catalog, lambda number: make(Dice(number)))


def each_system(systems: Systems, count: int, claim: str, check: Check, *, pairs: bool = False) -> int:
    """Check the systems that failed once, then so many generated ones; return how many of these, no two alike.

    With `pairs`, those are checked, too, in which each two choices of a Platform meet.
    """
    for path in sorted(FOUND.glob("*.yaml")):
        try:
            check(run_answers(systems.catalog, *load([path], systems.catalog)))
        except _REFUTED as error:
            error.add_note(f"the answers are {path}")
            raise
    if pairs:
        assert each_of(systems.catalog, systems.pairs, claim, check) >= _LEAST
    return each_of(systems.catalog, systems.distinct(count), claim, check)


def each_of(catalog: Catalog, made: Iterable[Made], claim: str, check: Check) -> int:
    """Check some systems, and return how many; the first that fails is cut down and kept."""
    count = 0
    for left, run in made:
        try:
            check(run)
        except _REFUTED as error:
            path = _keep(claim, _cut_down(catalog, left, check))
            error.add_note(f"the answers were cut down and written to {path}")
            raise
        count += 1
    return count


def _rendered(catalog: Catalog, values: list[Any]) -> Run:
    return run_answers(catalog, *from_documents(documents(*values), catalog))


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
        run = _rendered(catalog, values)
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
