"""What describes a package in JSON: name, version, and clients of servers among what it needs to run.

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


def package(text: Text, ecosystem: str, needed: str) -> Iterator[Fact]:
    """Yield what is found.

    Args:
        text: the file.
        ecosystem: whose packages these are, as `clients` calls it.
        needed: the field whose keys are the packages that it needs to run.
    """
    documents, problems = nodes(text)
    yield from problems
    for document in documents[:1]:
        name, version = document.get("name"), document.get("version")
        if name is not None and name.text:
            yield Said(name.place, ("metadata", "name"), name.text.rpartition("/")[2])
        if version is not None and version.text:
            yield Version(version.place, version.text)
        required = document.get(needed)
        for one, node in required.parts() if required else ():
            yield from client(ecosystem, one, node.begin)
