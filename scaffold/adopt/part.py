"""A part of a foreign object: what it says, where it says so, and whether anybody read it.

What nobody read is not carried over, and can so be told. A part that is not there is there as nothing.

May import: graph.objects, answers.walker (spelling), documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.answers.walker import dotted, shown
from scaffold.documents.reading import quoted, type_names
from scaffold.errors import Problem
from scaffold.graph.objects import Object
from scaffold.graph.shapes import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.errors import Place


class Reading(Struct, eq=False):
    """How far one object was read: the paths that were, and what could not be carried over."""

    taken: set[Steps] = field(default_factory=set)
    left: list[Problem] = field(default_factory=list)


class Part(Struct, frozen=True, eq=False):
    """A part of an object; `value` is None where there is nothing."""

    value: Any
    one: Object
    steps: Steps
    reading: Reading

    def __bool__(self) -> bool:
        return self.value is not None

    def __getitem__(self, key: str) -> Part:
        """Return what stands under a key of a mapping."""
        value = self.value.get(key) if isinstance(self._a(dict), dict) else None
        return Part(value, self.one, (*self.steps, key), self.reading)

    def at(self, *keys: str) -> Part:
        """Return what stands at a path of keys."""
        part = self
        for key in keys:
            part = part[key]
        return part

    @property
    def place(self) -> Place:
        """Where it was written, or the deepest part around it that was."""
        return self.one.place(*self.steps)

    @property
    def text(self) -> str:
        """The text that it is, a number or a boolean as YAML spells it; empty where there is none."""
        self.take()
        if isinstance(self.value, (int, float)):
            return shown(self.value)
        found = self._a(str)
        return found if isinstance(found, str) else ""

    @property
    def number(self) -> int | None:
        """The whole number that it is."""
        self.take()
        found = self._a(int)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @property
    def flag(self) -> bool:
        """Whether it is true; false where there is nothing."""
        self.take()
        return self._a(bool) is True

    @property
    def items(self) -> list[Part]:
        """The items of a list."""
        found = self._a(list)
        listed = found if isinstance(found, list) else []
        self._empty(listed)
        return [Part(item, self.one, (*self.steps, index), self.reading) for index, item in enumerate(listed)]

    @property
    def entries(self) -> dict[str, Part]:
        """The entries of a mapping."""
        found = self._a(dict)
        self._empty(found)
        return {key: self[key] for key in found} if isinstance(found, dict) else {}

    @property
    def texts(self) -> dict[str, str]:
        """The entries of a mapping of words, as labels are."""
        return {key: part.text for key, part in self.entries.items()}

    def take(self) -> Part:
        """Note that all of it is read, and return it."""
        self.reading.taken.add(self.steps)
        return self

    def leave(self, why: str, remedy: str = "") -> None:
        """Note that it could not be carried over."""
        self.take()
        self.reading.left.append(self.problem(why, remedy))

    def problem(self, why: str, remedy: str = "") -> Problem:
        """Return what is wrong with it, or cannot be said of it."""
        return Problem(self.place, f"{self}: {why}", remedy)

    def unread(self) -> Iterator[Part]:
        """Yield the largest parts that nobody read any of."""
        touched = {steps[:size] for steps in self.reading.taken for size in range(len(steps) + 1)}
        yield from self._unread(touched)

    def _unread(self, touched: set[Steps]) -> Iterator[Part]:
        if self.steps in self.reading.taken or self.value is None:
            return
        if self.steps not in touched:
            yield self
            return
        keys = self.value if isinstance(self.value, dict) else range(len(self.value))
        for key in keys:
            yield from Part(self.value[key], self.one, (*self.steps, key), self.reading)._unread(touched)  # noqa: SLF001  its own

    def __str__(self) -> str:
        return f"{spelled(self.one)}: {dotted(self.steps)}" if self.steps else spelled(self.one)

    def _empty(self, found: Any) -> None:
        if not found:
            self.take()

    def _a(self, kind: type) -> Any:
        """Return the value if it is of a type; what is of another one is left, once."""
        if self.value is None or isinstance(self.value, kind):
            return self.value
        if self.steps not in self.reading.taken:
            self.leave(f"{type_names[kind]} is needed, not {type_names[type(self.value)]}", "mend the source")
        return None


def spelled(one: Object) -> str:
    """Spell an object's kind, namespace and name for a message."""
    return quoted(str(one), 300)[1:-1]


def root(one: Object) -> Part:
    """Return an object as the part of itself that is all of it."""
    return Part(one.value, one, (), Reading())
