"""A package.json: name, version, and clients of servers among the dependencies.

Source: npm's documentation of package.json.

May import: clients, nodes, files, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.evidence.clients import client
from scaffold.evidence.model import Fact, Said, Version
from scaffold.evidence.nodes import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text

FILES = ("package.json",)


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found; what is only needed to build and test is nothing that runs."""
    documents, problems = nodes(text)
    yield from problems
    for document in documents[:1]:
        name, version = document.get("name"), document.get("version")
        if name is not None and name.text:
            yield Said(name.place, ("metadata", "name"), name.text.rpartition("/")[2])
        if version is not None and version.text:
            yield Version(version.place, version.text)
        dependencies = document.get("dependencies")
        for package, node in dependencies.parts() if dependencies else ():
            yield from client("npm", package, node.begin)
