"""What a sitting takes place in: what may be declared, what the folder says, and who else is there.

May import: catalog (types), question, spelling, documents, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import field

from scaffold.documents.reading import Document, Mark
from scaffold.value import Value
from scaffold.wizard.question import Default
from scaffold.wizard.spelling import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scaffold.catalog import Catalog
    from scaffold.documents.editing import Path


def nothing() -> Document:
    """Return a document in which nothing was found."""
    return Document("answers", {}, Mark(0, 0))


def key(app: Document) -> str:
    """Return `namespace/name` of a sound App."""
    return f"{app.value['metadata']['namespace']}/{app.value['metadata']['name']}"


class Around(Value, frozen=True):
    """What the questions are asked about, and what is known without asking.

    `catalog` are the blueprints, `schemas` the JSON Schema of each kind of document, whose words are shown; `folder` is
    the service's own, as it was given. `found` is an App as far as the folder says it, its marks naming the files.
    `apps` and `platforms` are documents that were found nearby. `proposed` are values that
    may be meant besides, each with its path and where it was seen; `notes` say what was seen, and is no answer.
    """

    catalog: Catalog
    schemas: Mapping[str, Any]
    folder: str = "."
    found: Document = field(default_factory=nothing)
    apps: tuple[Document, ...] = ()
    platforms: tuple[Document, ...] = ()
    proposed: tuple[tuple[Path, Any, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def platform(self) -> Mapping[str, Any] | None:
        """What the first Platform says of its cluster; None where there is no Platform."""
        return self.platforms[0].value.get("spec") or {} if self.platforms else None

    def read(self, path: Path) -> Any:
        """Return what was found at a path of the App, or None."""
        at: Any = self.found.value
        for step in path:
            at = at.get(step) if isinstance(at, dict) else None
        return at

    def source(self, path: Path) -> str:
        """Return where that was read, as people write it: `Dockerfile:12`."""
        place = self.found.place(path)
        return f"{place.file}:{place.line}" if place.line else ""

    def default(self, path: Path, spell: Callable[[Any], str | None] = str) -> Default | None:
        """Return what was found at a path as a default, as YAML where there is more of it; None where nothing is."""
        value = self.read(path)
        if value in (None, [], {}):
            return None
        text = spell(value)
        return Default(plain.spell(value) if text is None else text, self.source(path) or self.first(path, value))

    def maybe(self, path: Path, spell: Callable[[Any], str | None]) -> dict[str, str]:
        """Return what may be meant besides at a path, or as an entry of the list there, each with where it was seen."""
        several = isinstance(self.read(path), list) or path[-1:] in {("to",), ("from",)}
        made = {}
        for at, value, source in self.proposed:
            text = spell([value] if several else value) if at == path else None
            if text:
                made[text] = source
        return made

    def first(self, path: Path, value: Any) -> str:
        """Return where the first part of something was read; a mapping that was put together has no place itself."""
        steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        return next((source for step in steps if (source := self.source((*path, step)))), "")
