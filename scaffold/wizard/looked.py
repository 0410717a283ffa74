"""Look around a service's folder before anything is asked.

May import: around, evidence, answers, catalog, documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.exported import json_schema
from scaffold.wizard.around import Around

if TYPE_CHECKING:
    from pathlib import Path

    from scaffold.catalog import Catalog


def around(catalog: Catalog, folder: Path) -> Around:
    """Return what is known of a service without asking."""
    schemas = {kind: json_schema(catalog.kinds, kind) for kind in ("App", "Platform")}
    return Around(catalog, schemas, str(folder))
