"""The catalog: every blueprint, validated once as a whole, in the order of their ids.

May import: blueprint, blueprint_folder, contained, third_party, errors, value.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.answers.extended import Kinds, OptionError, kinds
from scaffold.blueprint_folder import Direct, blueprint_of, read_blueprint
from scaffold.cache import Cache
from scaffold.errors import BlueprintError, Place, Problem
from scaffold.third_party import Pin, blueprints_in, pin
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scaffold.blueprint import Blueprint
    from scaffold.contained.process import Contained
    from scaffold.third_party import Fetched


class Catalog(Value, frozen=True):
    """Blueprints sorted by id, the types of answers with what they add to them, and what third parties' ones are."""

    blueprints: tuple[Blueprint, ...]
    kinds: Kinds
    pins: tuple[Pin, ...] = ()

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


def scan(
    *folders: Path, cache: Cache | None = None, third_party: Sequence[Fetched] = (), apart: Contained | None = None
) -> Catalog:
    """Read every `<section>/<name>/` of the given folders.

    Args:
        folders: folders of sections, which are trusted; none means the built-in ones.
        cache: what earlier runs worked out; without one everything is checked and compiled anew.
        third_party: folders of sections that are not trusted.
        apart: the process in which these are evaluated; by default one with the usual limits.

    Raises:
        BlueprintError: with every problem of every blueprint, and those of the table as a whole (an id or a control
            that is given twice).
    """
    cache = cache or Cache()
    problems: list[Problem] = []
    found: dict[str, Blueprint] = {}
    for blueprint, wrong in (*_trusted(folders or (builtin(),), cache), *_contained(third_party, cache, apart)):
        problems += wrong
        if blueprint is None:
            continue
        if blueprint.id in found:
            why = f"{blueprint.id} is already at {found[blueprint.id].folder}"
            problems.append(Problem(Place(str(blueprint.folder), 1, 1), why, "rename one of them"))
        found[blueprint.id] = blueprint
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
    return Catalog(ordered, extended, tuple(pin(fetched, ordered) for fetched in third_party))


_Read = tuple["Blueprint | None", list[Problem]]


def _trusted(roots: Iterable[Path], cache: Cache) -> Iterator[_Read]:
    direct = Direct(cache)
    for root in roots:
        if not root.is_dir():
            yield None, [Problem(Place(str(root), 1, 1), "no such folder of blueprints", "check the path")]
            continue
        for folder in _folders(root):
            yield read_blueprint(folder, f"{folder.parent.name}/{folder.name}", direct, cache)


def _contained(third_party: Sequence[Fetched], cache: Cache, apart: Contained | None) -> Iterator[_Read]:
    if not third_party:
        return
    # What starts processes takes a while to import, and most runs have no blueprints of others.
    from scaffold.contained.evaluation import Apart  # noqa: PLC0415
    from scaffold.contained.process import Contained  # noqa: PLC0415

    evaluation = Apart(apart or Contained())
    for fetched in third_party:
        sources, problems = blueprints_in(fetched)
        yield None, problems
        for source in sources:
            yield blueprint_of(source, evaluation, cache)


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
