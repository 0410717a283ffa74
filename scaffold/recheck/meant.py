"""What answers mean today: for each Platform its system, its whole bundle, and the part of it that an output holds.

Nothing of it is verified here: what lies on disk is.

May import: platforms, plan, render, choice, bundle, system, answers, catalog, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from scaffold.bundle.file import Bundle
from scaffold.choice import EVERYTHING, choice
from scaffold.errors import OutputError, QuestionError
from scaffold.plan import plan
from scaffold.platforms import resolved
from scaffold.render.render import render
from scaffold.system.relax import ANY_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaffold.answers.load import Answers
    from scaffold.bundle.lock import Lock
    from scaffold.catalog import Catalog
    from scaffold.choice import Choice
    from scaffold.system.model import System

_OPTIONS = ("--scope", "--only", "--without")


class Meant(NamedTuple):
    """What one Platform's answers mean: its folder in the output, all files, and those that the output holds."""

    folder: str
    answers: Answers
    system: System
    whole: Bundle
    part: Bundle


def meant(catalog: Catalog, several: Sequence[Answers], chosen: Choice) -> tuple[Meant, ...]:
    """Render answers, whichever day it is: what has ended since is told apart.

    Raises:
        AnswersError: with every problem, whichever Platform has it.
        BlueprintError: a blueprint is broken.
    """
    systems = resolved(catalog, several, ANY_DAY)
    made = []
    for answers, (name, system) in zip(several, systems.items(), strict=True):
        whole = render(plan(catalog, system))
        part = whole
        if chosen != EVERYTHING:
            part = replace(render(plan(catalog, system, chosen)), part=str(chosen))
        made.append(Meant(f"{name}/" if len(systems) > 1 else "", answers, system, whole, part))
    return tuple(made)


def output_of(several: Sequence[Meant]) -> Bundle:
    """Return the files of all Platforms as the one bundle that an output holds."""
    files = sorted(replace(file, path=one.folder + file.path) for one in several for file in one.part.files)
    return Bundle(tuple(files), several[0].part.part)


def part_of(lock: Lock, catalog: Catalog) -> Choice:
    """Return which part of a bundle an output holds, as its lock says it.

    Raises:
        OutputError: this version of scaffold knows no such part.
    """
    words = lock.part.split()
    named: dict[str, list[str]] = {option: [] for option in _OPTIONS}
    try:
        for option, word in zip(words[::2], words[1::2], strict=True):
            named[option].append(word)
        return choice(catalog.blueprints, *named.values()) if words else EVERYTHING
    except (KeyError, ValueError, QuestionError) as error:
        why = f"the lock says that the output holds the part {lock.part[:80]!a}, which is none: {error}"
        raise OutputError(f"{why}\n    render again into a new folder") from error
