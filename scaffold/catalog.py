"""The catalog: every blueprint, validated once as a whole, in the order of their ids.

May import: blueprint, expressions, errors, value.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.answers.extended import Kinds, OptionError, kinds
from scaffold.blueprint_folder import read_blueprint
from scaffold.cache import Cache
from scaffold.errors import BlueprintError, Place, Problem
from scaffold.expressions import compiler
from scaffold.value import Value

if TYPE_CHECKING:
    from scaffold.blueprint import Blueprint


class Catalog(Value, frozen=True):
    """Blueprints sorted by id, and the types of answers with what they add to them."""

    blueprints: tuple[Blueprint, ...]
    kinds: Kinds

    def of_scope(self, scope: str) -> tuple[Blueprint, ...]:
        """Return the blueprints whose output belongs to one scope."""
        return tuple(blueprint for blueprint in self.blueprints if blueprint.scope == scope)


def builtin() -> Path:
    """Return the folder of the blueprints that come with the program.

    A wheel carries them inside the package; in a checkout they lie beside it (an editable install copies them, and the
    copy would go stale).
    """
    package = Path(__file__).parent
    inside = package / "_blueprints"
    return inside if inside.is_dir() else package.parent / "blueprints"


def scan(*folders: Path, cache: Cache | None = None) -> Catalog:
    """Read every `<section>/<name>/` of the given folders.

    Args:
        folders: folders of sections; none means the built-in ones.
        cache: what earlier runs worked out; without one everything is checked and compiled anew.

    Raises:
        BlueprintError: with every problem of every blueprint, and those of the table as a whole (an id or a control
            that is given twice).
    """
    cache = cache or Cache()
    compiled = compiler(cache.bytecode())
    problems: list[Problem] = []
    found: dict[str, Blueprint] = {}
    for root in folders or (builtin(),):
        if not root.is_dir():
            problems.append(Problem(Place(str(root), 1, 1), "no such folder of blueprints", "check the path"))
            continue
        for folder in _folders(root):
            id_ = f"{folder.parent.name}/{folder.name}"
            blueprint, wrong = read_blueprint(folder, id_, compiled, cache)
            problems += wrong
            if blueprint is None:
                continue
            if id_ in found:
                why = f"{id_} is already at {found[id_].folder}"
                problems.append(Problem(Place(str(folder), 1, 1), why, "rename one of them"))
            found[id_] = blueprint
    problems += _controls(found)
    ordered = tuple(found[id_] for id_ in sorted(found))
    extended: Kinds = {}
    try:
        extended = kinds((blueprint.id, options) for blueprint in ordered for options in blueprint.options)
    except OptionError as error:
        place = Place(str(found[error.blueprint].folder / "blueprint.yaml"), 1, 1)
        problems.append(Problem(place, f"options: {error}"))
    if problems:
        raise BlueprintError(problems)
    return Catalog(ordered, extended)


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("*/*") if path.is_dir() and not path.name.startswith((".", "_")))


def _controls(found: dict[str, Blueprint]) -> list[Problem]:
    owners: dict[str, str] = {}
    problems = []
    for id_, blueprint in found.items():
        for control in blueprint.controls:
            owner = owners.setdefault(control.id, id_)
            if owner != id_:
                why = f"the control {control.id} belongs to {owner}"
                problems.append(
                    Problem(Place(str(blueprint.folder / "blueprint.yaml"), 1, 1), why, "one owner per control")
                )
    return problems


def digests(catalog: Catalog) -> dict[str, str]:
    """Return the digest of each blueprint by its id."""
    return {blueprint.id: blueprint.digest for blueprint in catalog.blueprints}
