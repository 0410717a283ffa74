"""A language for the types of what is read from manifests: what does not fit is said with its place, never met later.

A shape is a function of a value and its path that yields (path, what is wrong, what to write instead).

May import: answers.walker (spelling), documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from scaffold.answers.walker import nearest, shown
from scaffold.documents.reading import quoted
from scaffold.networks import network, within

Steps: TypeAlias = tuple[str | int, ...]
Wrong: TypeAlias = Iterator[tuple[Steps, str, str]]
Shape: TypeAlias = Callable[[Any, Steps], Wrong]

_NAME_OF_PORT = "a port's name has a letter; a number stands without quotes"
_LAST = 65535


def text(value: Any, at: Steps) -> Wrong:
    """Take a string."""
    if not isinstance(value, str):
        yield at, f"a string is needed, not {shown(value)}", "put it in quotes" if not _is_container(value) else ""


def flag(value: Any, at: Steps) -> Wrong:
    """Take a boolean."""
    if not isinstance(value, bool):
        yield at, f"true or false is needed, not {shown(value)}", ""


def number(low: int, high: int = _LAST) -> Shape:
    """Take a whole number within bounds."""

    def shape(value: Any, at: Steps) -> Wrong:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            yield at, f"a number from {low} to {high} is needed, not {shown(value)}", ""

    return shape


def word(*valid: str) -> Shape:
    """Take one of some words."""

    def shape(value: Any, at: Steps) -> Wrong:
        if value not in valid:
            near = nearest(value, valid) if isinstance(value, str) else ""
            yield at, f"{shown(value)} is not known here{near}", f"valid here: {', '.join(valid)}"

    return shape


def port(value: Any, at: Steps) -> Wrong:
    """Take a port's number or name."""
    if isinstance(value, str):
        if not any(char.isalpha() for char in value):
            yield at, f"{shown(value)} is no port", _NAME_OF_PORT
        return
    yield from number(1)(value, at)


def block(value: Any, at: Steps) -> Wrong:
    """Take a network."""
    if _network(value) is None:
        yield at, f"{shown(value)} is no network", "write one as 10.0.0.0/8"


def address(value: Any, at: Steps) -> Wrong:
    """Take a network, or one address, which means itself."""
    whole = f"{value}/{128 if ':' in value else 32}" if isinstance(value, str) and "/" not in value else value
    if _network(whole) is None:
        yield at, f"{shown(value)} is no network", "write one as 10.0.0.0/8"


def items(each: Shape) -> Shape:
    """Take a list."""

    def shape(value: Any, at: Steps) -> Wrong:
        if not isinstance(value, list):
            yield at, f"a list is needed, not {shown(value)}", ""
            return
        for index, item in enumerate(value):
            yield from each(item, (*at, index))

    return shape


def filled(each: Shape) -> Shape:
    """Take a list that is not empty."""

    def shape(value: Any, at: Steps) -> Wrong:
        yield from items(each)(value, at)
        if value == []:
            yield at, "at least one item is needed", "an empty list stands for nobody"

    return shape


def texts(value: Any, at: Steps) -> Wrong:
    """Take a mapping of strings to strings, as labels are."""
    return table(text)(value, at)


def table(each: Shape) -> Shape:
    """Take a mapping with any keys."""

    def shape(value: Any, at: Steps) -> Wrong:
        if not isinstance(value, dict):
            yield at, f"a mapping is needed, not {shown(value)}", ""
            return
        for key, item in value.items():
            yield from each(item, (*at, key))

    return shape


def fields(needed: tuple[str, ...] = (), *, closed: bool = False, **known: Shape) -> Shape:
    """Take a mapping with known keys (an ending `_` is no part of a key).

    Args:
        needed: keys that have to be there.
        closed: whether other keys are refused, as they would be dropped silently and change what is meant.
        known: the shape of each.
    """
    shapes = {key.removesuffix("_"): shape for key, shape in known.items()}

    def shape(value: Any, at: Steps) -> Wrong:
        if not isinstance(value, dict):
            yield at, f"a mapping is needed, not {shown(value)}", ""
            return
        for key in needed:
            if key not in value:
                yield at, f"the key {quoted(key)} is missing", ""
        for key, item in value.items():
            if key in shapes:
                yield from shapes[key](item, (*at, key))
            elif closed:
                yield (*at, key), f"unknown key {quoted(key)}{nearest(key, shapes)}", f"valid here: {', '.join(shapes)}"

    return shape


def every(*shapes: Shape) -> Shape:
    """Take what fits the first shape, then each of the others, which may rely on it."""

    def shape(value: Any, at: Steps) -> Wrong:
        for one in shapes:
            wrong = list(one(value, at))
            yield from wrong
            if wrong:
                return

    return shape


def excepted(value: dict[str, Any], at: Steps) -> Wrong:
    """Ask that the exceptions of an `ipBlock` lie in it."""
    whole = _network(value.get("cidr"))
    for index, one in enumerate(value.get("except", ())):
        inner = _network(one)
        if whole is not None and inner is not None and not within(inner, whole):
            yield (*at, "except", index), f"{shown(one)} does not lie in {shown(value['cidr'])}", ""


def _network(value: Any) -> Any:
    try:
        return network(value) if isinstance(value, str) and "/" in value else None
    except ValueError:
        return None


def _is_container(value: Any) -> bool:
    return isinstance(value, (dict, list))
