"""Look around a service's folder before anything is asked.

May import: around, evidence, answers, catalog, documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.exported import json_schema
from scaffold.answers.sources import read_sources
from scaffold.evidence.folder import look
from scaffold.wizard.around import Around

if TYPE_CHECKING:
    from pathlib import Path

    from scaffold.catalog import Catalog
    from scaffold.documents.reading import Document
    from scaffold.errors import Problem

_OWN = ("app.yaml", "platform.yaml")


def around(catalog: Catalog, folder: Path) -> Around:
    """Return what is known of a service without asking: what its files say, and answers that are there already."""
    schemas = {kind: json_schema(catalog.kinds, kind) for kind in ("App", "Platform")}
    documents, problems = read_sources([folder / name for name in _OWN if (folder / name).exists()])
    own = [one for one in documents if one.kind == "App"]
    gathered = look(folder)
    found, left = (own[0], ()) if len(own) == 1 and _is_whole(own[0]) else (gathered.document, gathered.left)
    platforms = tuple(one for one in documents if one.kind == "Platform" and _is_whole(one))
    return Around(catalog, schemas, str(folder), found, (), platforms, _told((*problems, *left)))


def _is_whole(document: Document) -> bool:
    value = document.value
    return isinstance(value.get("metadata"), dict) and isinstance(value.get("spec", {}), dict)


def _told(problems: tuple[Problem, ...]) -> tuple[str, ...]:
    return tuple(str(problem) for problem in problems)
