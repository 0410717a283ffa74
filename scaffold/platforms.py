"""One run for several Platforms: each by itself, all of them into one output, in a folder for each.

May import: system, plan, render, verify, bundle.file, answers, catalog, finding, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from scaffold.answers.several import whose
from scaffold.bundle.file import Bundle
from scaffold.choice import EVERYTHING
from scaffold.errors import AnswersError, FindingsError, Problem
from scaffold.finding import Finding, ordered
from scaffold.plan import plan
from scaffold.render.render import render
from scaffold.system.resolve import resolve
from scaffold.verify import Verified, verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from scaffold.answers.load import Answers
    from scaffold.catalog import Catalog
    from scaffold.choice import Choice
    from scaffold.system.model import System


class Part(NamedTuple):
    """What was rendered for one Platform: its folder in the output, its system, and its own bundle, verified."""

    folder: str
    system: System
    verified: Verified


def parts(catalog: Catalog, several: Sequence[Answers], choice: Choice = EVERYTHING) -> tuple[Part, ...]:
    """Resolve, render and verify the answers for each Platform.

    Args:
        catalog: the blueprints that may be selected.
        several: what `load` returned.
        choice: which part of it is wanted. All of it is verified: no part by itself could be.

    Returns:
        One part for each; its folder is the Platform's name and `/`, or nothing where there is one Platform only.

    Raises:
        AnswersError: with every problem, whichever Platform has it.
        BlueprintError: a blueprint is broken.
        FindingsError: with every finding, where there is an error among them.
    """
    systems = resolved(catalog, several)
    made: list[Part] = []
    broken: dict[str, Sequence[Finding]] = {}
    for name, system in systems.items():
        folder = f"{name}/" if len(systems) > 1 else ""
        bundle = render(plan(catalog, system))
        try:
            verified = verify(bundle, system)
        except FindingsError as error:
            findings = (one for one in error.findings if isinstance(one, Finding))
            broken[name] = [_moved(finding, bundle, folder) for finding in findings]
            continue
        if choice != EVERYTHING:
            verified = Verified(replace(render(plan(catalog, system, choice)), part=str(choice)), verified.findings)
        made.append(Part(folder, system, verified))
    if broken:
        raise FindingsError(ordered(whose(broken.items(), systems, Finding.behind)))
    return tuple(made)


def together(made: Sequence[Part]) -> Verified:
    """Return what was rendered for each Platform as the one bundle that is written."""
    files = sorted(replace(file, path=part.folder + file.path) for part in made for file in part.verified.bundle.files)
    found: Mapping[str, Iterable[Finding]] = {
        part.system.platform.metadata.name: [
            _moved(finding, part.verified.bundle, part.folder) for finding in part.verified.findings
        ]
        for part in made
    }
    [part] = {part.verified.bundle.part for part in made}
    return Verified(Bundle(tuple(files), part), ordered(whose(found.items(), found, Finding.behind)))


def resolved(catalog: Catalog, several: Sequence[Answers], day: date | None = None) -> dict[str, System]:
    """Return the system of each Platform, by its name; `day` is the one on which exceptions have to hold.

    Raises:
        AnswersError: with every problem, whichever Platform has it.
        BlueprintError: a blueprint is broken.
    """
    systems: dict[str, System] = {}
    refused: dict[str, Sequence[Problem]] = {}
    for answers in several:
        name = answers.platform.metadata.name
        try:
            systems[name] = resolve(catalog, answers, day)
        except AnswersError as error:
            refused[name] = error.problems
    if refused:
        names = [answers.platform.metadata.name for answers in several]
        raise AnswersError(whose(refused.items(), names, Problem.behind))
    return systems


def _moved(finding: Finding, bundle: Bundle, folder: str) -> Finding:
    """Return a finding with the place that its file has in the whole output; a place in the answers stays."""
    file = finding.place.partition("#")[0]
    in_bundle = any(file == one.path for one in bundle.files)
    return replace(finding, place=folder + finding.place) if in_bundle else finding
