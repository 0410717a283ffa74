"""What Apps need of their Platform: a skeleton of it where there is none, with the places of what needs it.

May import: draft (marks), matching, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.adopt.draft import NOWHERE, mark_of
from scaffold.adopt.matching import Choice
from scaffold.answers.platform import Platform
from scaffold.answers.schema import API_VERSION
from scaffold.documents.editing import holds, put
from scaffold.documents.reading import Document, Mark
from scaffold.errors import Problem

if TYPE_CHECKING:
    from scaffold.errors import Place

_NAME = "production"


def _empty() -> Document:
    made = Document("", {}, Mark(0, 0))
    for path, value in ((("apiVersion",), API_VERSION), (("kind",), "Platform"), (("metadata", "name"), _NAME)):
        put(made, path, value, mark_of(NOWHERE, value))
    put(made, ("spec",), {}, mark_of(NOWHERE, {}))
    return made


class Site(Struct, eq=False):
    """The Platform that Apps are adopted for: as it was given, or as far as what was read tells of it.

    `known` are the choices that foreign objects are read into.
    """

    known: list[Choice]
    given: Platform | None = None
    document: Document = field(default_factory=_empty)
    left: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def says(self, *path: str) -> bool:
        """Tell whether the Platform has an entry of that name."""
        if self.given is None:
            return holds(self.document, ("spec", *path))
        value = getattr(self.given.spec, path[0])
        return value is not None and (len(path) == 1 or path[1] in value)

    def need(self, path: tuple[str, ...], value: Any, place: Place) -> None:
        """Put what is needed into the skeleton; of a Platform that was given, say that it has to be there."""
        if self.says(*path):
            return
        if self.given is None:
            put(self.document, ("spec", *path), value, mark_of(place, value))
            return
        why = f"the Platform {self.given.metadata.name} has no {'.'.join(path)}"
        if not any(known.message == why for known in self.left):
            self.left.append(Problem(place, why, f"add it to its spec, such as {path[-1]}: {_flow(value)}"))

    def need_all(self, path: tuple[str, ...], fields: dict[str, tuple[Any, Place]]) -> None:
        """Put every field of an entry into the skeleton; of a Platform that was given, say once that it lacks it."""
        if self.given is None:
            for name, (value, place) in fields.items():
                self.need((*path, name), value, place)
            return
        self.need(path, {name: value for name, (value, _) in fields.items()}, next(iter(fields.values()))[1])

    @property
    def is_needed(self) -> bool:
        """Tell whether a skeleton says anything."""
        return self.given is None and bool(self.document.value["spec"])


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return str(value)
