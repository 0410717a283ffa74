"""Adopt workloads: from what was read of manifests to an App document for each, and what could not be carried over.

May import: the rest of adopt but disk and told, answers, catalog (types), graph.trees, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from scaffold.adopt.calls import Calls, calls
from scaffold.adopt.containers import containers
from scaffold.adopt.fitting import fit
from scaffold.adopt.ground import ground
from scaffold.adopt.meeting import Meetings, written
from scaffold.adopt.named import KINDS, drafts
from scaffold.adopt.objects import found_in
from scaffold.adopt.part import spelled
from scaffold.adopt.policies import rules
from scaffold.adopt.ports import ports
from scaffold.adopt.probes import health
from scaffold.adopt.security import security
from scaffold.adopt.storage import storage
from scaffold.adopt.unsaid import unsaid
from scaffold.adopt.workloads import workload
from scaffold.answers.distributions import underlaid
from scaffold.answers.platform import enforces_names
from scaffold.answers.sources import read_sources
from scaffold.answers.view import View
from scaffold.documents.reading import Document
from scaffold.errors import AnswersError, ManifestsError, Place, Problem
from scaffold.graph.trees import read_trees

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.objects import Found
    from scaffold.adopt.ports import Opened
    from scaffold.answers.extended import Kinds
    from scaffold.answers.platform import Platform
    from scaffold.catalog import Catalog


class Adopted(Struct):
    """Documents of Apps, sorted by key; `left` could not be carried over, `notes` are worth saying."""

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
    """
    tree = read_trees(paths)
    found = found_in(tree.documents, namespace)
    problems = [*tree.problems, *_homeless(found)]
    made = [*drafts(found)]
    if not made and not problems:
        why = "no workload in it: nothing that runs pods"
        problems = [Problem(Place(paths[0], 0, 0), why, "name manifests: a file, a folder, or - for standard input")]
    if problems:
        raise ManifestsError(problems)
    notes = [Problem(Place(paths[0], 0, 0), note) for note in tree.notes]
    done = adopt(found, made, catalog.kinds, platform_in(out, catalog))
    return Adopted(done.documents, done.left, sorted([*notes, *done.notes]))


def _homeless(found: Found) -> list[Problem]:
    """Return that nobody says where objects lie: an App has a namespace, which is not the cluster's default one."""
    running = [part for part in found.homeless if part.one.key[0] in KINDS]
    if not running:
        return []
    why = f"{len(running)} workloads are in no namespace of their own, {spelled(running[0].one)} first"
    return [Problem(running[0].place, why, "say where they belong: --namespace NAME")]


def platform_in(out: Path, catalog: Catalog) -> Platform:
    """Return the Platform among the answers of a folder; the default one where there is none.

    Raises:
        AnswersError: the folder's answers cannot be read, or it has several.
    """
    documents, problems = read_sources([out]) if any(out.glob("*.y*ml")) else ([], [])
    given = [document for document in documents if document.kind == "Platform"]
    view = View(catalog.kinds, unreadable=False)
    for document in underlaid(given[:1]):
        problems += view.platform_document(document)
    if len(given) > 1:
        why = "several Platforms: Apps are adopted for one"
        problems.append(Problem(given[1].place(), why, "name a folder with one of them"))
    if problems:
        raise AnswersError(problems)
    return view.platform


def adopt(found: Found, made: list[Draft], kinds: Kinds, platform: Platform) -> Adopted:
    """Adopt workloads, each with the objects around it."""
    every = sorted(made, key=lambda one: one.key)
    opened = {draft.key: _read(draft, found) for draft in every}
    unread = _flows(every, found, opened, platform)
    fit(every, kinds, platform)
    left = [*found.problems, *unread, *(one for draft in every for one in (*draft.left, *unsaid(draft)))]
    left += found.unused()
    left += [one for part in found.parts.values() for one in part.reading.left]
    notes = [note for draft in every for note in draft.notes]
    return Adopted([draft.document for draft in every], sorted(set(left)), sorted(set(notes)))


def _read(draft: Draft, found: Found) -> list[Opened]:
    """Read a workload by itself, and return its ports."""
    workload(draft, found)
    opened = ports(draft)
    containers(draft, found, opened)
    health(draft, opened)
    storage(draft, found)
    security(draft)
    return opened


def _flows(drafts: list[Draft], found: Found, opened: dict[str, list[Opened]], platform: Platform) -> list[Problem]:
    """Read who calls whom, and return what policies say and nobody can carry over."""
    around, left = ground(drafts, found, opened)
    meetings = Meetings()
    left += rules(around, meetings)
    services: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        for service in draft.services:
            services.setdefault(service.one.key[1:], []).append(draft)
    calls(Calls(found, services, around, meetings, names=enforces_names(platform.spec)), drafts)
    known = {draft.key: draft for draft in drafts}
    for source, target, port in [*meetings.between]:
        named = next(one for one in opened[target] if one.name == port)
        if not around.is_open(known[source], known[target], named):
            del meetings.between[source, target, port]
    written(meetings, known)
    return left
