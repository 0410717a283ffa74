"""Which part of a bundle is wanted: what one owner keeps, or the output of some blueprints.

May import: answers.walker, errors, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.walker import nearest
from scaffold.errors import QuestionError, printable
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scaffold.blueprint import Blueprint


class Choice(Value, frozen=True):
    """A part of a bundle: of which scopes, of which blueprints only, and without which; empty means all, and none.

    A blueprint is named by its id (`network/policy`) or by its section (`network`).
    """

    scopes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Spell it as the command line does; empty for everything."""
        parts = (("--scope", self.scopes), ("--only", self.only), ("--without", self.without))
        return " ".join(f"{option} {word}" for option, words in parts for word in words)

    def takes(self, blueprint: Blueprint) -> bool:
        """Tell whether a blueprint's output belongs to the part; an index lists whatever is there."""
        if blueprint.scope == "index":
            return True
        names = _names(blueprint)
        return (
            (not self.scopes or blueprint.scope in self.scopes)
            and (not self.only or not names.isdisjoint(self.only))
            and names.isdisjoint(self.without)
        )


EVERYTHING = Choice()


def choice(
    blueprints: Sequence[Blueprint], scopes: Sequence[str], only: Sequence[str], without: Sequence[str]
) -> Choice:
    """Return a part of a bundle, in one spelling whatever the order of its words.

    Raises:
        QuestionError: there is no scope or blueprint of a name, or nothing would be left.
    """
    for option, words in (("--scope", scopes), ("--only", only), ("--without", without)):
        names = words_of(option, blueprints)
        for word in words:
            if word not in names:
                near = nearest(word, names) or f": one of {', '.join(sorted(names))}"
                raise QuestionError(f"{option} {printable(word)}: there is none of this name{near}")
    made = Choice(*(tuple(sorted(set(words))) for words in (scopes, only, without)))
    if not any(blueprint.scope != "index" and made.takes(blueprint) for blueprint in blueprints):
        raise QuestionError(f"{made}: nothing is left\n    choose fewer conditions; `scaffold blueprints` lists all")
    return made


def words_of(option: str, blueprints: Iterable[Blueprint]) -> set[str]:
    """Return what an option may name: scopes, or ids and sections of blueprints."""
    chosen = [blueprint for blueprint in blueprints if blueprint.scope != "index"]
    if option == "--scope":
        return {blueprint.scope for blueprint in chosen}
    return {name for blueprint in chosen for name in _names(blueprint)}


def _names(blueprint: Blueprint) -> set[str]:
    """Return its id and its section."""
    return {blueprint.id, blueprint.id.partition("/")[0]}
