"""Who decides, while something is made of a schema, what is said: hypothesis, or a number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any, Protocol

from hypothesis import strategies as st


class Choices(Protocol):
    """Who decides what is said in a document."""

    def of(self, options: Sequence[Any]) -> Any:
        """Return one of some options."""

    def between(self, low: int, high: int) -> int:
        """Return a number, one of the bounds perhaps."""


class Drawn:
    """hypothesis decides: it makes what fails smaller."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def of(self, options: Sequence[Any]) -> Any:
        """Return one of some options."""
        return options[self._draw(_below(len(options)))]

    def between(self, low: int, high: int) -> int:
        """Return a number, one of the bounds perhaps."""
        return self._draw(st.integers(low, high))


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


class Dice:
    """A number decides, the same in each run: where nothing is made smaller, at a hundredth of hypothesis' time."""

    def __init__(self, number: int) -> None:
        self._random = Random(number)  # noqa: S311  not for secrets

    def of(self, options: Sequence[Any]) -> Any:
        """Return one of some options."""
        return self._random.choice(options)

    def between(self, low: int, high: int) -> int:
        """Return a small number as often as a large one: of all there are, nearly all are large."""
        most = 2 ** self._random.randint(0, (high - low).bit_length())
        return min(high, low + self._random.randrange(most))
