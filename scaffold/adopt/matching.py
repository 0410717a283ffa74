"""Which choice of a Platform or an App a foreign object is, as the blueprints that bring the choices say (`adopts`).

May import: part, blueprint (types), errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from scaffold.answers.platform import POINTS
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.adopt.part import Part
    from scaffold.blueprint import Adopts, Blueprint, Option

UNKNOWN = "unknown"
"""What stands where a choice asks for a name that no manifest tells."""


class Choice(Value, frozen=True):
    """A choice at a point (`platform.secretStores`), what it is read from, and its fields."""

    point: str
    name: str
    adopts: Adopts
    fields: tuple[tuple[str, Option], ...]


def choices(blueprints: Iterable[Blueprint]) -> list[Choice]:
    """Return the choices that foreign objects are read into, in the order of their blueprints."""
    return [
        Choice(options.at, options.choice or "", options.adopts, tuple(options.fields.items()))
        for blueprint in blueprints
        for options in blueprint.options
        if options.adopts is not None
    ]


def chosen(known: Iterable[Choice], point: str, part: Part) -> tuple[Choice, dict[str, tuple[Any, Part]]] | None:
    """Return the choice that an object is at a point, and its fields with their parts; None where none knows it."""
    kind = part.one.value["kind"].removeprefix("Cluster")
    for choice in known:
        inside = part.at(*choice.adopts.at)
        if choice.point != point or choice.adopts.kind != kind or not inside:
            continue
        if any(inside.at(*path).value not in _words(value) for value, path in choice.adopts.where.items()):
            continue
        found = {name: inside.at(*path) for name, path in choice.adopts.fields.items()}
        given = {name: (one.text, one) for name, one in found.items() if one}
        if given or not choice.adopts.fields:
            return choice, given
    return None


def _words(value: str) -> tuple[str, ...]:
    return tuple(value.split("|"))


def completed(choice: Choice, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a choice, with a word that says so where a name is asked for and not known."""
    asked = {name for name, option in choice.fields if option.default is UNSET and option.type == "name"}
    tag = POINTS[choice.point].tag
    return {tag: choice.name, **given, **dict.fromkeys(sorted(asked - given.keys()), UNKNOWN)}
