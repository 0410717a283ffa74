"""Look around a service's folder before anything is asked.

May import: around, evidence, answers, catalog, documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.exported import json_schema
from scaffold.answers.migrate import STEPS, migrate
from scaffold.answers.walker import convert
from scaffold.evidence.folder import look
from scaffold.evidence.nearby import nearby
from scaffold.wizard.around import Around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from scaffold.catalog import Catalog
    from scaffold.documents.reading import Document
    from scaffold.errors import Problem

APP_FILE, PLATFORM_FILE = "app.yaml", "platform.yaml"
_MOST_NOTES = 6


def around(catalog: Catalog, folder: Path) -> Around:
    """Return what is known of a service without asking.

    An app.yaml that is there already says all of it, and its folder's other files nothing; the Platforms are those of
    the nearest folder that has any. What is no sound document nearby is somebody else's, and left out.
    """
    schemas = {kind: json_schema(catalog.kinds, kind) for kind in ("App", "Platform")}
    gathered, near = look(folder), nearby(folder)
    own = [one for one in near.apps if one.file == str(folder / APP_FILE)]
    found = migrate(own[0], STEPS).document if len(own) == 1 and _is_sound(own[0], catalog) else gathered.document
    apps = _by_name((one for one in near.apps if one not in own), catalog)
    platforms = _by_name(near.platforms, catalog)
    first = next((one.file.rpartition("/")[0] for one in platforms.values()), "")
    nearest = tuple(one for one in platforms.values() if one.file.rpartition("/")[0] == first)
    proposed = tuple((one.path, one.value, f"{one.place}: {one.why}") for one in gathered.proposals)
    notes = _notes((*gathered.left, *near.left) if found is gathered.document else near.left)
    return Around(catalog, schemas, str(folder), found, tuple(apps.values()), nearest, proposed, notes)


def _by_name(documents: Iterable[Document], catalog: Catalog) -> Mapping[str, Document]:
    """Return sound documents by their names, of several of one name the nearest."""
    made: dict[str, Document] = {}
    for document in documents:
        if _is_sound(document, catalog):
            metadata = document.value["metadata"]
            made.setdefault(f"{metadata.get('namespace', '')}/{metadata['name']}", document)
    return made


def _is_sound(document: Document, catalog: Catalog) -> bool:
    today = migrate(document, STEPS)
    return not today.problems and not convert(today.document, catalog.kinds[document.kind])[1]


def _notes(problems: tuple[Problem, ...]) -> tuple[str, ...]:
    """Return what was seen and is in no answer, as much of it as anybody reads."""
    more = len(problems) - _MOST_NOTES
    told = [f"note: {problem}" for problem in problems[:_MOST_NOTES]]
    return (*told, *([f"note: and {more} more"] if more > 0 else []))
