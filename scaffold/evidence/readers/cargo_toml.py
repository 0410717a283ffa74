"""A Cargo.toml: name, version, and clients of servers among the dependencies.

Source: the Cargo book (the manifest format).

May import: clients, toml, files, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.evidence.clients import client
from scaffold.evidence.model import Fact, Said, Version
from scaffold.evidence.toml import table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text

FILES = ("Cargo.toml",)


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    whole, problems = tables(text)
    yield from problems
    package = table(whole, "package")
    name, version = package.get("name"), package.get("version")
    after = text.line("[package]").line - 1
    if isinstance(name, str):
        yield Said(text.line("name", after), ("metadata", "name"), name)
    if isinstance(version, str):
        yield Version(text.line("version", after), version)
    after = text.line("[dependencies]").line - 1
    for one in table(whole, "dependencies"):
        yield from client("rust", one, text.line(one, after))
