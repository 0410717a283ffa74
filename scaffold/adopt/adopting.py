"""Adopt workloads: from what was read of manifests to an App document for each, and what could not be carried over.

May import: the rest of adopt but disk and told, answers, catalog (types), graph.trees, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from scaffold.adopt.derived import without_derived
from scaffold.adopt.fitting import fit, hide, remaining
from scaffold.adopt.flows import flows
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
from scaffold.errors import AnswersError, ManifestsError, Place, Problem
from scaffold.graph.trees import read_trees

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scaffold.adopt.objects import Found
    from scaffold.catalog import Catalog


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
    tree = read_trees(paths)
    found = found_in(tree.documents, namespace)
    problems = [*tree.problems, *_homeless(found)]
    if not problems and not any(found.of(*KINDS)):
        why = "no workload in it: nothing that runs pods"
        problems = [Problem(Place(paths[0], 0, 0), why, "name manifests: a file, a folder, or - for standard input")]
    if problems:
        raise ManifestsError(problems)
    notes = [Problem(Place(paths[0], 0, 0), note) for note in tree.notes]
    done = adopt(found, catalog, platform_of(out))
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


def adopt(found: Found, catalog: Catalog, given: Document | None = None) -> Adopted:
    """Adopt workloads, each with the objects around it.

    Args:
        found: the objects.
        catalog: the blueprints.
        given: the Platform that the Apps are for; without one a skeleton is made of what they need.

    Raises:
        AnswersError: the Platform has problems.
    """
    site = Site(choices(catalog.blueprints), _view(catalog, given).platform if given is not None else None)
    made = sorted(drafts(found), key=lambda one: one.key)
    opened = {draft.key: read(draft, found, site) for draft in made}
    left = flows(made, found, opened, site)
    platform = given or (site.document if site.is_needed else None)
    for draft in made:
        hide(draft)
    without_derived(made, catalog, platform)
    fit(made, catalog.kinds, _view(catalog, platform).platform)
    left += [*found.problems, *site.left, *(one for draft in made for one in (*draft.left, *unsaid(draft)))]
    left += found.unused()
    left += [one for part in found.parts.values() for one in part.reading.left]
    documents = [*(draft.document for draft in made), *([site.document] if site.is_needed else [])]
    left += remaining(documents if given is None else [*documents, given], catalog, left)
    notes = [*site.notes, *(note for draft in made for note in draft.notes)]
    return Adopted(documents, sorted(set(left)), sorted(set(notes)))


def _view(catalog: Catalog, given: Document | None) -> View:
    """Read a Platform; of one that does not fit the default stands, and what is wrong is told when it is loaded."""
    view = View(catalog.kinds, unreadable=False)
    for document in underlaid([given] if given is not None else []):
        view.platform_document(document)
    return view
