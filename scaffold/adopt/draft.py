"""An App that is being adopted: its document as far as it is read, and the objects it is read from.

May import: part, documents, evidence.model, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.adopt.part import Part
from scaffold.answers.schema import API_VERSION
from scaffold.documents.editing import put
from scaffold.documents.reading import Document, Mark
from scaffold.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.documents.editing import Path

_MOST = 20  # of Apps that are named in one note
NOWHERE = Place("", 0, 0)
"""Where nobody wrote anything: a default that has to be said."""


class Draft(Struct, eq=False):
    """One App: `whole` is the workload's object, `template` its pod's template, `own` the App's own container.

    `services` are those that lead to its pods. `left` is what could not be carried over, `notes` what is worth saying.
    `hidden` are texts with a secret in them, which are looked through for addresses and go nowhere.
    """

    name: str
    whole: Part
    template: Part
    own: Part
    services: list[Part] = field(default_factory=list)
    document: Document = field(default_factory=lambda: Document("", {}, Mark(0, 0)))
    left: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    hidden: list[tuple[str, Place]] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        """The namespace that it lies in."""
        return str(self.whole.one.key[1])

    @property
    def key(self) -> str:
        """`namespace/name`, as Apps are known."""
        return f"{self.namespace}/{self.name}"

    @property
    def kind(self) -> str:
        """The kind of the workload's object."""
        return str(self.whole.one.key[0])

    @property
    def pod(self) -> Part:
        """The spec of its pods."""
        return self.template["spec"]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        return self.template.at("metadata", "labels").texts

    @property
    def spec(self) -> dict[str, Any]:
        """What its answers say so far."""
        found: dict[str, Any] = self.document.value.get("spec", {})
        return found

    def put(self, path: Path, value: Any, at: Part | Place) -> None:
        """Put a value at a path of the spec, with the place it was read from."""
        place = at if isinstance(at, Place) else at.place
        put(self.document, ("spec", *path), value, mark_of(place, value))

    def add(self, key: str, value: Any, at: Part | Place) -> None:
        """Add an entry to a list of the spec."""
        self.put((key, len(self.spec.get(key, ()))), value, at)

    def leave(self, at: Part | Place, why: str, remedy: str = "") -> None:
        """Note what could not be carried over."""
        self.left.append(Problem(at if isinstance(at, Place) else at.place, f"App {self.key}: {why}", remedy))

    def note(self, at: Part | Place, why: str, remedy: str = "") -> None:
        """Note what was carried over otherwise than it was written, and changes nothing that was asked for."""
        self.notes.append(Problem(at if isinstance(at, Place) else at.place, why, remedy))


def told(drafts: Iterable[Draft]) -> list[Problem]:
    """Return the notes on several Apps: what is the same of many is one, at the first of its places."""
    same: dict[tuple[str, str], list[tuple[Place, str]]] = {}
    for draft in drafts:
        for place, why, remedy in draft.notes:
            same.setdefault((why, remedy), []).append((place, draft.key))
    made = []
    for (why, remedy), several in same.items():
        who = named([*dict.fromkeys(key for _, key in several)])
        made.append(Problem(min(place for place, _ in several), f"{who}: {why}", remedy))
    return made


def named(keys: list[str]) -> str:
    """Return several Apps as a message begins with them."""
    more = f" and {len(keys) - _MOST} more" if len(keys) > _MOST else ""
    return f"App{'s' if len(keys) > 1 else ''} {', '.join(keys[:_MOST])}{more}"


def started(draft: Draft) -> Draft:
    """Write the head of a document: its kind and its name, from the workload's object."""
    mark, at = draft.document.mark, draft.whole["metadata"]
    draft.document.value = {}
    mark.file = ""
    put(draft.document, ("apiVersion",), API_VERSION, mark_of(NOWHERE, ""))
    put(draft.document, ("kind",), "App", mark_of(NOWHERE, ""))
    put(draft.document, ("metadata", "name"), draft.name, mark_of(at["name"].place, ""))
    put(draft.document, ("metadata", "namespace"), draft.namespace, mark_of(at["namespace"].place, ""))
    return draft


def mark_of(place: Place, value: Any) -> Mark:
    """Return the mark of a value that was read at a place, and of all in it."""
    mark = Mark(place.line, place.column, file=place.file)
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    mark.children = {step: mark_of(place, part) for step, part in parts}
    return mark
