"""Foreign YAML and JSON as a tree, each part of which knows its file and line by itself.

May import: documents, files, errors, value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.documents.foreign import TaggedMark, read_foreign
from scaffold.errors import Place
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.documents.reading import Mark
    from scaffold.errors import Problem
    from scaffold.evidence.files import Text

_SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


class Node(Value, frozen=True):
    """A part of a document: a scalar, nodes by their names, or a list of nodes.

    `tag` is a local one (`!reset`); `key` is where the name stands that it has in a mapping.
    """

    value: Any
    place: Place
    tag: str = ""
    key: Place | None = None

    @property
    def begin(self) -> Place:
        """Where it begins, with its name if it has one."""
        return self.key or self.place

    def get(self, *names: str) -> Node | None:
        """Return what stands below, name by name; None where nothing does, or null."""
        at: Node | None = self
        for name in names:
            at = at.value.get(name) if at is not None and isinstance(at.value, dict) else None
        return None if at is None or at.value is None else at

    def parts(self) -> Iterator[tuple[str, Node]]:
        """Yield the entries of a mapping; of anything else there are none."""
        yield from self.value.items() if isinstance(self.value, dict) else ()

    def items(self) -> list[Node]:
        """Return the items of a list; a scalar is a list of itself, null and mappings of nothing."""
        if isinstance(self.value, list):
            return list(self.value)
        return [] if self.value is None or isinstance(self.value, dict) else [self]

    @property
    def text(self) -> str:
        """A scalar as it would be written; empty of anything else."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return "" if self.value is None or isinstance(self.value, (dict, list)) else str(self.value)


def nodes(text: Text) -> tuple[list[Node], list[Problem]]:
    """Return a file's documents, and what is wrong with them."""
    # What YAML has no escape for, and JSON has: no value that anybody asks for.
    documents, problems = read_foreign(_SURROGATES.sub("????????????", text.text), text.file)
    return [_node(one.value, one.mark, one.file) for one in documents], problems


def _node(value: Any, mark: Mark, file: str, key: tuple[int, int] | None = None) -> Node:
    """Build a tree of at most as many nodes as the reader counted."""
    made: Any = value
    if isinstance(value, dict):
        made = {name: _node(part, mark.children[name], file, mark.keys.get(name)) for name, part in value.items()}
    elif isinstance(value, list):
        made = [_node(part, mark.children[index], file) for index, part in enumerate(value)]
    tag = mark.tag if isinstance(mark, TaggedMark) else ""
    return Node(made, Place(file, mark.line, mark.column), tag, Place(file, *key) if key else None)
