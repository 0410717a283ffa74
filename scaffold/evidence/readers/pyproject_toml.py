"""A pyproject.toml: name, version, and clients of servers among the dependencies.

Source: the Python packaging specification (pyproject.toml, dependency specifiers); Poetry's documentation.

May import: clients, toml, requirements (spelling of names), files, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.evidence.clients import client
from scaffold.evidence.model import Fact, Said, Version
from scaffold.evidence.toml import table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text

FILES = ("pyproject.toml",)


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    whole, problems = tables(text)
    yield from problems
    for path in (("project",), ("tool", "poetry")):
        said = table(whole, *path)
        name, version, needed = said.get("name"), said.get("version"), said.get("dependencies")
        after = text.line(f"[{'.'.join(path)}]").line - 1
        if isinstance(name, str):
            yield Said(text.line("name", after), ("metadata", "name"), name)
        if isinstance(version, str):
            yield Version(text.line("version", after), version)
        for package in needed if isinstance(needed, (list, dict)) else ():
            if isinstance(package, str):
                yield from client("python", normalized(package), text.line(package, after))


def normalized(requirement: str) -> str:
    """Return the name of what a line requires, as the index knows it: `Psycopg2_Binary[pool]>=2` is psycopg2-binary."""
    end = next((at for at, char in enumerate(requirement) if not (char.isalnum() or char in "._-")), len(requirement))
    return "-".join(part for part in requirement[:end].lower().replace("_", "-").replace(".", "-").split("-") if part)
