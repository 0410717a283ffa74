"""Adopt workloads: from manifests and compose files to an App document for each, and what could not be carried over.

May import: the rest of adopt but disk and told, answers, catalog (types), graph.trees, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from scaffold.adopt.composed import composed, projects
from scaffold.adopt.derived import without_derived
from scaffold.adopt.draft import told
from scaffold.adopt.fitting import fit, prune, remaining
from scaffold.adopt.flows import flows
from scaffold.adopt.hiding import hide
from scaffold.adopt.matching import choices
from scaffold.adopt.named import KINDS, drafts
from scaffold.adopt.objects import found_in
from scaffold.adopt.part import spelled
from scaffold.adopt.site import Site
from scaffold.adopt.unsaid import unsaid
from scaffold.adopt.workload import read
from scaffold.answers.distributions import underlaid
from scaffold.answers.sources import read_sources
from scaffold.answers.view import View
from scaffold.documents.reading import Document
from scaffold.errors import AnswersError, ManifestsError, Place, Problem, printable
from scaffold.graph.trees import read_trees

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.objects import Found
    from scaffold.catalog import Catalog


_LONGEST = 1000
"""Of a message: names in foreign files have no bounds."""


class Adopted(Struct):
    """Documents of Apps, by key, and of a Platform; `left` could not be carried over, `notes` are worth saying."""

    documents: list[Document] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def adopted(paths: Sequence[str], out: Path, namespace: str, catalog: Catalog) -> Adopted:
    """Read manifests and adopt them for the Platform that lies in the output folder, if one does.

    Args:
        paths: files, folders, and `-` for standard input.
        out: where the answers will lie.
        namespace: where objects lie that do not say it.
        catalog: the blueprints, which add to what may be declared.

    Raises:
        ManifestsError: what was given cannot be read, nothing runs in it, or nobody says in which namespace.
        AnswersError: the Platform of the output folder cannot be read.
    """
    manifests, files = projects(paths)
    tree = read_trees(manifests)
    found = found_in(tree.documents, namespace)
    problems = [*tree.problems, *_homeless(found)]
    if files and not namespace:
        why = "the services of a compose file are in no namespace"
        problems.append(Problem(Place(str(files[0][0]), 1, 1), why, "say where they belong: --namespace NAME"))
    if not problems and not files and not any(found.of(*KINDS)):
        why = "no workload in it: nothing that runs pods"
        problems = [Problem(Place(paths[0], 0, 0), why, "name manifests: a file, a folder, or - for standard input")]
    if problems:
        raise ManifestsError(problems)
    notes = [Problem(Place(paths[0], 0, 0), note) for note in tree.notes]
    done = adopt(found, catalog, platform_of(out), (files, namespace))
    return Adopted(done.documents, done.left, sorted([*notes, *done.notes]))


def _homeless(found: Found) -> list[Problem]:
    """Return that nobody says where objects lie: an App has a namespace, which is not the cluster's default one."""
    running = [part for part in found.homeless if part.one.key[0] in KINDS]
    if not running:
        return []
    why = f"{len(running)} workloads are in no namespace of their own, {spelled(running[0].one)} first"
    return [Problem(running[0].place, why, "say where they belong: --namespace NAME")]


def platform_of(out: Path) -> Document | None:
    """Return the Platform among the answers of a folder, if there is one.

    Raises:
        AnswersError: the folder's answers cannot be read, or it has several.
    """
    documents, problems = read_sources([out]) if any(out.glob("*.y*ml")) else ([], [])
    given = [document for document in documents if document.kind == "Platform"]
    if len(given) > 1:
        why = "several Platforms: Apps are adopted for one"
        problems.append(Problem(given[1].place(), why, "name a folder with one of them"))
    if problems:
        raise AnswersError(problems)
    return given[0] if given else None


def adopt(
    found: Found,
    catalog: Catalog,
    given: Document | None = None,
    files: tuple[Sequence[tuple[Path, ...]], str] = ((), ""),
) -> Adopted:
    """Adopt workloads, each with the objects around it.

    Args:
        found: the objects.
        catalog: the blueprints.
        given: the Platform that the Apps are for; without one a skeleton is made of what they need.
        files: compose files, those of a project together, and the namespace of their services.

    What is wrong with the Platform itself is left, too: it keeps the Apps from being rendered.
    """
    site = Site(choices(catalog.blueprints), _view(catalog, given).platform if given is not None else None)
    made = sorted(drafts(found), key=lambda one: one.key)
    opened = {draft.key: read(draft, found, site) for draft in made}
    left = flows(made, found, opened, site)
    several = [draft for project in files[0] for draft in composed(project, files[1], site)]
    every = sorted([*made, *several], key=lambda one: one.key)
    _fitted(every, catalog, given, site)
    left += [*found.problems, *site.left, *(one for draft in every for one in draft.left)]
    left += [one for draft in made for one in unsaid(draft)]
    left += found.unused()
    left += [one for part in found.parts.values() for one in part.reading.left]
    documents = [*(draft.document for draft in every), *([site.document] if site.is_needed else [])]
    left += remaining(documents if given is None else [*documents, given], catalog, left)
    return Adopted(documents, _said(left), _said([*site.notes, *told(every)]))


def _said(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems by their places, each once; nothing of foreign text in them is obeyed by a terminal."""
    short = (one._replace(message=printable(one.message[:_LONGEST]), remedy=one.remedy[:_LONGEST]) for one in problems)
    return sorted({one._replace(remedy=printable(one.remedy)) for one in short})


def _fitted(drafts: list[Draft], catalog: Catalog, given: Document | None, site: Site) -> None:
    """Take out of Apps what they may not say, what the bundle says by itself, and what is a secret's value."""
    platform = given or (site.document if site.is_needed else None)
    for draft in drafts:
        hide(draft)
    known = without_derived(drafts, catalog, platform)
    fit(drafts, catalog.kinds, _view(catalog, platform).platform)
    if not known:
        without_derived(drafts, catalog, platform)
    for draft in drafts:
        prune(draft.document)


def _view(catalog: Catalog, given: Document | None) -> View:
    """Read a Platform; of one that does not fit the default stands, and what is wrong is told when it is loaded."""
    view = View(catalog.kinds, unreadable=False)
    for document in underlaid([given] if given is not None else []):
        view.platform_document(document)
    return view
