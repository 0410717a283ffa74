"""The documents that one Platform is rendered from, as answers, and every problem in them.

May import: schema, platform, extended (types), hosts, rules, references, walker, documents, errors, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from scaffold.answers import hosts, references, rules
from scaffold.answers.platform import Platform
from scaffold.answers.schema import API_VERSION, App
from scaffold.answers.walker import convert, cut, dotted, nearest, salvage, shown
from scaffold.errors import Place, Problem
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.answers.extended import Kinds
    from scaffold.answers.walker import Path
    from scaffold.documents.reading import Document


class Answers(Value, frozen=True):
    """What people decided: the platform, the apps sorted by key, and the document that each came from, by its key.

    The Platform's own, if it was given, has none.

    `notes` says what was written for an older version, and how to write it today, and what is said for other Platforms.
    `known` are Apps that are rendered elsewhere, sorted by key: nothing is rendered for them.
    """

    platform: Platform
    apps: tuple[App, ...]
    documents: Mapping[str, Document]
    notes: tuple[Problem, ...] = ()
    known: tuple[App, ...] = ()

    def place(self, key: str, path: tuple[str | int, ...] = ()) -> Place:
        """Return where a value of the App `key` (`namespace/name`), given or known, was written; '': the Platform."""
        return self.documents[key].place(path)


class View:
    """The documents read so far, and their problems: the Platform's, and those of Apps as it sees them.

    `unreadable` says that others could not be read at all: an App that nobody finds may stand there.
    """

    def __init__(self, kinds: Kinds, *, unreadable: bool) -> None:
        self.problems: list[Problem] = []
        self.kinds = kinds
        metadata = {"name": "default"}  # what holds where no Platform was given
        default = {"apiVersion": API_VERSION, "kind": "Platform", "metadata": metadata}
        self.platform: Platform = msgspec.convert(default, kinds["Platform"])
        self.apps: dict[str, App] = {}
        self.known: dict[str, App] = {}
        self.documents: dict[str, Document] = {}
        self.platform_is_whole = True
        self.unreadable: set[str] = set()
        self.nameless = unreadable

    def platform_document(self, document: Document) -> list[Problem]:
        """Read the Platform's own document first; what is wrong with it is nobody else's, and returned."""
        self.documents[""] = document
        self.add(document)
        problems, self.problems = self.problems, []
        return problems

    def add(self, document: Document) -> None:
        """Read a document: an App as this Platform sees it, or the Platform's own."""
        kind = self._kind(document)
        if kind is None:
            self.nameless = True
            return
        value, problems, cuts = cut(document, kind)
        self.problems += problems
        if isinstance(value, Platform):
            self.platform = value
            self._complain(document, rules.check_platform(value))
        elif isinstance(value, App):
            app = msgspec.structs.replace(value, spec=msgspec.structs.replace(value.spec, environments={}))
            self._app(app, document, self.apps, ("declared twice", "rename or remove one of them"))
        elif issubclass(kind, App):
            self._broken_app(document, cuts)
        else:
            self.platform_is_whole = False
            rest, original = salvage(document, kind, cuts)
            complaints = rules.check_platform(rest) if rest is not None else ()
            self._complain(document, ((original(path), why, remedy) for path, why, remedy in complaints))

    def know(self, document: Document) -> None:
        """Read the document of an App that is rendered elsewhere; of those that were given, nothing is learned."""
        kind = self._kind(document)
        if kind is None:
            return
        value, problems = convert(document, kind)
        self.problems += problems
        if isinstance(value, App) and value.key not in self.apps:
            self._app(value, document, self.known, ("known twice", "take one of them away"))

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

    def _app(self, app: App, document: Document, among: dict[str, App], twice: tuple[str, str]) -> None:
        if app.key in among:
            what, remedy = twice
            why = f"the App {app.key} is {what}; first at {self.documents[app.key].place()}"
            self.problems.append(Problem(document.place(("metadata", "name")), why, remedy))
            return
        among[app.key], self.documents[app.key] = app, document
        self._complain(document, rules.check(app))

    def _broken_app(self, document: Document, cuts: frozenset[Path]) -> None:
        """Check what is left of an App without the parts that do not fit: one report names every problem."""
        metadata = document.value.get("metadata")
        if isinstance(metadata, dict) and "name" in metadata and "namespace" in metadata:
            self.unreadable.add(f"{metadata['namespace']}/{metadata['name']}")
        else:
            self.nameless = True
        app, original = salvage(document, self.kinds["App"], cuts)
        # Without some of its ports, an App's references to them would be reported for no reason.
        if app is not None and not any(cut[:2] == ("spec", "ports") for cut in cuts):
            self._complain(document, ((original(path), why, remedy) for path, why, remedy in rules.check(app)))

    def _complain(self, document: Document, complaints: Iterable[tuple[tuple[str | int, ...], str, str]]) -> None:
        for path, why, remedy in complaints:
            self.problems.append(Problem(document.place(path), f"{dotted(path)}: {why}", remedy))

    def check(self) -> None:
        """Look for what is wrong between the documents, once all of them were added."""
        unreadable = None if self.nameless else frozenset(self.unreadable)
        everyone = {**self.known, **self.apps}
        for key, app in self.apps.items():
            document = self.documents[key]
            self._complain(document, references.check(app, everyone, unreadable))
            if self.platform_is_whole:
                self._complain(document, references.check_platform(app, self.platform))
        for app, path, why in references.routes(self.apps.values()):
            self._complain(self.documents[app.key], [(path, why, "choose other paths or methods")])
        for app, path, why in references.nested(self.apps.values(), self.platform):
            self._complain(self.documents[app.key], [(path, why, "other paths, or all that the other App leaves: /*")])
        for app, path, why in hosts.encrypted(self.apps.values()):
            self._complain(self.documents[app.key], [(path, why, "name the same port, or let the process encrypt")])

    def answers(self, notes: Iterable[Problem]) -> Answers:
        """Return what was read, where there was no problem."""
        apps, known = (tuple(sorted(one.values(), key=lambda app: app.key)) for one in (self.apps, self.known))
        stale = [
            Problem(self.documents[app.key].place(path), f"{dotted(path)}: {why}", remedy)
            for app in known
            for path, why, remedy in references.stale(app, self.apps)
        ]
        return Answers(self.platform, apps, self.documents, (*notes, *stale), known)


_HEADER = f"start with `apiVersion: {API_VERSION}` and `kind: App`"
