"""Read the files that people wrote into answers, or report every problem of every file at once.

May import: sources, migrate, overrides, distributions, schema, platform, catalog, rules, references, walker,
documents, errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from scaffold.answers import references, rules
from scaffold.answers.distributions import underlaid
from scaffold.answers.migrate import STEPS, migrate
from scaffold.answers.overrides import apply
from scaffold.answers.platform import Platform
from scaffold.answers.schema import API_VERSION, App
from scaffold.answers.sources import read_sources
from scaffold.answers.walker import convert, dotted, nearest, salvage, shown
from scaffold.errors import AnswersError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from scaffold.answers.extended import Kinds
    from scaffold.answers.migrate import Step
    from scaffold.catalog import Catalog
    from scaffold.documents.reading import Document


@dataclass(frozen=True, slots=True)
class Answers:
    """What people decided: the platform, the apps sorted by key, and the document that each came from.

    `migrated` says what was written for an older version, and how to write it today.
    """

    platform: Platform
    apps: tuple[App, ...]
    documents: Mapping[str, Document]
    migrated: tuple[Problem, ...] = ()

    def place(self, key: str, path: tuple[str | int, ...] = ()) -> Place:
        """Return where a value of the App `key` (`namespace/name`) was written."""
        return self.documents[key].place(path)


def load(
    sources: Iterable[str | Path], catalog: Catalog, sets: Sequence[str] = (), steps: Mapping[str, Step] = STEPS
) -> Answers:
    """Read App and Platform documents.

    Args:
        sources: files, and folders of which every `*.yaml` and `*.yml` is read (not their subfolders); `-` is standard
            input. A file may hold several documents; its places show it as it was given here.
        catalog: the blueprints, which add to what may be declared.
        sets: what to change in the documents, each `[platform:|NAMESPACE/NAME:]PATH=VALUE` (see `overrides`).
        steps: how documents of older versions become newer ones.

    Raises:
        AnswersError: with every problem of every file.
    """
    documents, problems = read_sources(sources)
    return from_documents(documents, catalog, problems, sets, steps)


def from_documents(
    documents: Iterable[Document],
    catalog: Catalog,
    problems: Iterable[Problem] = (),
    sets: Sequence[str] = (),
    steps: Mapping[str, Step] = STEPS,
) -> Answers:
    """Build answers from documents that were read elsewhere.

    Args:
        documents: what `documents.read` returned.
        catalog: the blueprints, which add to what may be declared.
        problems: what went wrong before; they join the one report.
        sets: what to change in the documents, in today's words.
        steps: how documents of older versions become newer ones.

    Raises:
        AnswersError: with every problem.
    """
    migrated = [migrate(document, steps) for document in documents]
    today, wrong = apply([one.document for one in migrated], sets)
    found = [*problems, *(problem for one in migrated for problem in one.problems), *wrong]
    reading = _Reading(found, catalog.kinds)
    for document in underlaid(today):
        reading.add(document)
    reading.check()
    if found:
        raise AnswersError(found)
    apps = tuple(sorted(reading.apps.values(), key=lambda app: app.key))
    notes = tuple(sorted(note for one in migrated for note in one.notes))
    return Answers(reading.platform, apps, reading.documents, notes)


class _Reading:
    """The documents read so far, and their problems."""

    def __init__(self, problems: list[Problem], kinds: Kinds) -> None:
        self.problems = problems
        self.kinds = kinds
        metadata = {"name": "default"}  # what holds where no Platform was given
        default = {"apiVersion": API_VERSION, "kind": "Platform", "metadata": metadata}
        self.platform: Platform = msgspec.convert(default, kinds["Platform"])
        self.apps: dict[str, App] = {}
        self.documents: dict[str, Document] = {}
        self.platform_document: Document | None = None
        self.platform_is_whole = True
        self.unreadable: set[str] = set()
        self.nameless = bool(problems)

    def add(self, document: Document) -> None:
        kind = self._kind(document)
        if kind is None:
            self.nameless = True
            return
        value, problems = convert(document, kind)
        self.problems += problems
        if issubclass(kind, Platform):
            self._second_platform(document)
        if isinstance(value, Platform):
            self.platform = value
            self._complain(document, rules.check_platform(value))
        elif isinstance(value, App):
            self._app(value, document)
        elif kind is App:
            self._broken_app(document)
        else:
            self.platform_is_whole = False
            rest, original, _ = salvage(document, kind)
            complaints = rules.check_platform(rest) if rest is not None else ()
            self._complain(document, ((original(path), why, remedy) for path, why, remedy in complaints))

    def _kind(self, document: Document) -> Any:
        value = document.value
        if not isinstance(value, dict):
            self.problems.append(
                Problem(document.place(), f"expected an App or a Platform, not {shown(value)}", _HEADER)
            )
            return None
        version, kind = value.get("apiVersion"), value.get("kind")
        if version != API_VERSION:
            why = (
                f"apiVersion: {shown(version)} is not {API_VERSION}"
                if "apiVersion" in value
                else '"apiVersion" is missing'
            )
            self.problems.append(Problem(document.place(("apiVersion",)), why, f"write `apiVersion: {API_VERSION}`"))
        if not isinstance(kind, str) or kind not in self.kinds:
            near = nearest(kind, self.kinds) if isinstance(kind, str) else ""
            why = (
                f"kind: {shown(kind)} is not one of: {', '.join(self.kinds)}{near}"
                if "kind" in value
                else '"kind" is missing'
            )
            self.problems.append(Problem(document.place(("kind",)), why, _HEADER))
            return None
        return self.kinds[kind] if version == API_VERSION else None

    def _second_platform(self, document: Document) -> None:
        if self.platform_document is not None:
            why = f"a second Platform; the first is at {self.platform_document.place()}"
            self.problems.append(Problem(document.place(), why, "render each Platform by itself"))
        self.platform_document = self.platform_document or document

    def _app(self, app: App, document: Document) -> None:
        if app.key in self.apps:
            why = f"the App {app.key} is declared twice; first at {self.documents[app.key].place()}"
            self.problems.append(Problem(document.place(("metadata", "name")), why, "rename or remove one of them"))
            return
        self.apps[app.key], self.documents[app.key] = app, document
        self._complain(document, rules.check(app))

    def _broken_app(self, document: Document) -> None:
        """Check what is left of an App without the parts that do not fit: one report names every problem."""
        metadata = document.value.get("metadata")
        if isinstance(metadata, dict) and "name" in metadata and "namespace" in metadata:
            self.unreadable.add(f"{metadata['namespace']}/{metadata['name']}")
        else:
            self.nameless = True
        app, original, cuts = salvage(document, App)
        # Without some of its ports, an App's references to them would be reported for no reason.
        if app is not None and not any(cut[:2] == ("spec", "ports") for cut in cuts):
            self._complain(document, ((original(path), why, remedy) for path, why, remedy in rules.check(app)))

    def _complain(self, document: Document, complaints: Iterable[tuple[tuple[str | int, ...], str, str]]) -> None:
        for path, why, remedy in complaints:
            self.problems.append(Problem(document.place(path), f"{dotted(path)}: {why}", remedy))

    def check(self) -> None:
        unreadable = None if self.nameless else frozenset(self.unreadable)
        for key, app in self.apps.items():
            document = self.documents[key]
            self._complain(document, references.check(app, self.apps, unreadable))
            if self.platform_is_whole:
                self._complain(document, references.check_platform(app, self.platform))
        for app, path, why in references.routes(self.apps.values()):
            self._complain(self.documents[app.key], [(path, why, "choose other paths or methods")])
        if not self.apps and not self.problems:
            place = self.platform_document.place() if self.platform_document else Place("answers", 1, 1)
            self.problems.append(Problem(place, "no App was given", "add a document with `kind: App`"))


_HEADER = f"start with `apiVersion: {API_VERSION}` and `kind: App`"
