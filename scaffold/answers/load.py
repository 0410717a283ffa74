"""Read the files that people wrote into answers, for each Platform, or report every problem of every file at once.

May import: sources, migrate, overrides, distributions, environments, published, view, several, platform, schema,
catalog, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers import environments
from scaffold.answers.distributions import underlaid
from scaffold.answers.migrate import STEPS, migrate
from scaffold.answers.overrides import apply
from scaffold.answers.published import whole
from scaffold.answers.several import whose
from scaffold.answers.sources import read_sources
from scaffold.answers.view import Answers, View
from scaffold.documents.reading import quoted
from scaffold.errors import AnswersError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from scaffold.answers.extended import Kinds
    from scaffold.answers.migrate import Step
    from scaffold.catalog import Catalog
    from scaffold.documents.reading import Document

__all__ = ["Answers", "from_documents", "load"]


def load(
    sources: Iterable[str | Path],
    catalog: Catalog,
    sets: Sequence[str] = (),
    steps: Mapping[str, Step] = STEPS,
    known: Iterable[str | Path] = (),
) -> tuple[Answers, ...]:
    """Read App and Platform documents.

    Args:
        sources: files, and folders of which every `*.yaml` and `*.yml` is read (not their subfolders); `-` is standard
            input. A file may hold several documents; its places show it as it was given here.
        catalog: the blueprints, which add to what may be declared.
        sets: what to change in the documents, each `[platform:|NAMESPACE/NAME:]PATH=VALUE` (see `overrides`).
        steps: how documents of older versions become newer ones.
        known: files and folders of Apps that are rendered elsewhere, whole or as their index; Platforms in them are
            left out, and so are Apps that are among the sources.

    Returns:
        The answers for each Platform, with its environment merged into every App, by the Platforms' names; where none
        was given, those for the default one.

    Raises:
        AnswersError: with every problem of every file.
    """
    documents, problems = read_sources(sources)
    others, wrong = read_sources(known)
    return from_documents(documents, catalog, [*problems, *wrong], sets, steps, others)


def from_documents(  # noqa: PLR0913, PLR0917  each of them was read from somewhere else
    documents: Iterable[Document],
    catalog: Catalog,
    problems: Iterable[Problem] = (),
    sets: Sequence[str] = (),
    steps: Mapping[str, Step] = STEPS,
    known: Iterable[Document] = (),
) -> tuple[Answers, ...]:
    """Build answers from documents that were read elsewhere.

    Args:
        documents: what `documents.read` returned.
        catalog: the blueprints, which add to what may be declared.
        problems: what went wrong before; they join the one report.
        sets: what to change in the documents, in today's words.
        steps: how documents of older versions become newer ones.
        known: Apps that are rendered elsewhere.

    Returns:
        The answers for each Platform, as `load` does.

    Raises:
        AnswersError: with every problem.
    """
    migrated = [migrate(document, steps) for document in documents]
    others = [migrate(document, steps) for document in known]
    today, wrong = apply([one.document for one in migrated], sets)
    notes = sorted(note for one in (*migrated, *others) for note in one.notes)
    found = [*problems, *(problem for one in (*migrated, *others) for problem in one.problems), *wrong]
    elsewhere = [whole(one.document) for one in others if one.document.kind != "Platform"]
    views, wrong = _views(today, elsewhere, catalog.kinds, unreadable=bool(found))
    found += wrong
    if found:
        raise AnswersError(found, notes)
    given = any(document.kind == "Platform" for document in today)
    notes += environments.unrendered(today, [view.platform.metadata.name for view in views if given])
    return tuple(view.answers(notes) for view in sorted(views, key=lambda view: view.platform.metadata.name))


def _views(
    documents: Iterable[Document], known: Sequence[Document], kinds: Kinds, *, unreadable: bool
) -> tuple[list[View], list[Problem]]:
    """Return what each Platform sees, and what is wrong with it; `unreadable` says that there was more to be read."""
    platforms: list[Document] = []
    rest: list[Document] = []
    for document in documents:
        (platforms if document.kind == "Platform" else rest).append(document)
    named, found = _by_name(platforms)
    found += environments.check(rest)
    unreadable = unreadable or bool(found)
    views = {name: View(kinds, unreadable=unreadable) for name in named or [""]}
    for name, view in views.items():
        own = [named[name]] if name in named else []
        seen = underlaid([*own, *(environments.in_environment(document, name) for document in rest)])
        for document in seen[: len(own)]:
            found += view.platform_document(document)
        for document in seen[len(own) :]:
            view.add(document)
        for document in known:
            view.know(environments.in_environment(document, name))
        view.check()
    elsewhere = _elsewhere(rest, named, kinds)
    told = [(name, view.problems) for name, view in {**views, **elsewhere}.items()]
    found += whose(told, views, Problem.behind)
    if not rest and not found and not unreadable:
        place = platforms[0].place() if platforms else Place("answers", 1, 1)
        found.append(Problem(place, "no App was given", "add a document with `kind: App`"))
    return list(views.values()), found


def _by_name(platforms: Iterable[Document]) -> tuple[dict[str, Document], list[Problem]]:
    """Return Platforms by their names, and those that are named like another; one without a name has its place's."""
    named: dict[str, Document] = {}
    problems: list[Problem] = []
    for document in platforms:
        metadata = document.value.get("metadata")
        given = metadata.get("name") if isinstance(metadata, dict) else None
        name = given if isinstance(given, str) and given else str(document.place())
        if name in named:
            why = f"the Platform {quoted(name, 80)} is declared twice; first at {named[name].place()}"
            place = document.place(("metadata", "name"))
            problems.append(Problem(place, why, "rename it: each Platform renders to a folder of its own"))
        named.setdefault(name, document)
    return named, problems


def _elsewhere(documents: Sequence[Document], named: Mapping[str, Document], kinds: Kinds) -> dict[str, View]:
    """Read what Platforms see that were not given: what is wrong there is wrong whoever renders it."""
    views: dict[str, View] = {}
    for document in documents:
        given = environments.environments(document)
        for name in (*(name for name in given if name not in named), *([_OTHERS] if given else [])):
            views.setdefault(name, View(kinds, unreadable=True))
            views[name].add(environments.in_environment(document, name))
    return views


_OTHERS = "other Platforms"
"""Those that an App has no environment for: no Platform's own name, which has no space."""
