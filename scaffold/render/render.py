"""Render a plan's bodies into a bundle in memory.

May import: plan, bundle.file, environment, errors.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import TemplateError

from scaffold.bundle.file import Bundle, File, is_safe
from scaffold.errors import BlueprintError, Place, Problem
from scaffold.render.environment import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.plan import Unit


def render(units: Iterable[Unit]) -> Bundle:
    """Render every file of every unit.

    Args:
        units: what `plan` returned.

    Raises:
        BlueprintError: a template failed, a path leaves the output, or two units write the same path.
    """
    files: dict[str, File] = {}
    decoded = lru_cache(maxsize=2)(msgspec.json.decode)  # of the units of an App, which follow each other
    for unit in units:
        for file in _files(unit, {"cookiecutter": {**decoded(unit.shared), **msgspec.json.decode(unit.own)}}):
            if not is_safe(file.path):
                raise _broken(unit, f"{file.path!r} is not a path inside the output")
            twin = files.setdefault(file.path.casefold(), file)
            if twin is not file:
                raise _broken(unit, f"{file.path} is already rendered by {twin.blueprint}")
    return Bundle(tuple(sorted(files.values())))


def _files(unit: Unit, context: dict[str, Any]) -> Iterator[File]:
    for name, path in zip(unit.blueprint.templates, unit.paths, strict=True):
        if not path:
            continue
        try:
            text = unit.blueprint.renderer.body(name, context)
        except (TemplateError, TypeError) as error:
            raise _broken(unit, f"{FOLDER}/{name}: {error}") from error
        yield File(
            unit.folder + path, text, unit.blueprint.id, unit.subject, unit.blueprint.ownership, unit.blueprint.scope
        )


def _broken(unit: Unit, why: str) -> BlueprintError:
    return BlueprintError([Problem(Place(str(unit.blueprint.folder), 1, 1), why)])
