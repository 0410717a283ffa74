"""Objects in the making: each part knows where it was written, whatever file that was.

May import: documents, errors.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from scaffold.documents.reading import Document, Mark
from scaffold.errors import Place, Problem

_MOST_PARTS = 50_000
_MOST_DEPTH = 128


class Stop(Exception):  # noqa: N818  a signal to whoever takes the next step
    """A step that cannot be taken, as kustomize would refuse it; `unread` where only we do not take it."""

    def __init__(self, place: Place, message: str, remedy: str = "", *, unread: bool = False) -> None:
        super().__init__(message)
        self.problem, self.unread = Problem(place, message, remedy), unread


class Node(Struct, eq=False):
    """A scalar, or the parts of a mapping or a list; `keys` are those written where the mapping itself was."""

    value: Any
    file: str = ""
    line: int = 0
    column: int = 0
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it was written."""
        return Place(self.file, self.line, self.column)

    def like(self, value: Any) -> Node:
        """Return a value that lies where this one does."""
        return Node(value, self.file, self.line, self.column)

    def get(self, *steps: str) -> Node | None:
        """Return the part at a path of names; nothing where it is missing."""
        at: Node | None = self
        for step in steps:
            if at is None or not isinstance(at.value, dict):
                return None
            at = at.value.get(step)
        return at

    def put(self, name: str, part: Node) -> None:
        """Put an entry into a mapping."""
        self.value[name] = part
        self.keys.pop(name, None)  # the place of the value is the true one now

    def drop(self, name: str) -> None:
        """Take an entry away, if it is there."""
        self.value.pop(name, None)
        self.keys.pop(name, None)

    def become(self, other: Node) -> None:
        """Take another's value, and its place."""
        self.value, self.file, self.line = other.value, other.file, other.line
        self.column, self.keys = other.column, other.keys

    def written(self, *steps: str) -> str:
        """Return the text of the scalar at a path; empty where there is none."""
        part = self.get(*steps)
        return "" if part is None or isinstance(part.value, (dict, list)) else text(part)


def text(node: Node) -> str:
    """Return a scalar as YAML writes it."""
    value = node.value
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def missing(node: Node | None) -> bool:
    """Tell whether a part is not there, or null."""
    return node is None or node.value is None


def copy_of(node: Node) -> Node:
    """Return a copy that may be changed."""
    value = node.value
    if isinstance(value, dict):
        value = {name: copy_of(part) for name, part in value.items()}
    elif isinstance(value, list):
        value = [copy_of(part) for part in value]
    return Node(value, node.file, node.line, node.column, dict(node.keys))


def plain(node: Node) -> Any:
    """Return the JSON value."""
    if isinstance(node.value, dict):
        return {name: plain(part) for name, part in node.value.items()}
    return [plain(part) for part in node.value] if isinstance(node.value, list) else node.value


def weigh(node: Node, place: Place) -> None:
    """See that what was copied into an object has not made it more than can be handled.

    Raises:
        Stop: it has.
    """
    level, parts, depth = [node], 0, 0
    while level:
        parts, depth = parts + len(level), depth + 1
        if parts > _MOST_PARTS or depth > _MOST_DEPTH:
            raise Stop(place, f"an object of more than {_MOST_PARTS} parts, or {_MOST_DEPTH} deep", "copy less")
        values = [one.value for one in level if isinstance(one.value, (dict, list))]
        level = [part for value in values for part in (value.values() if isinstance(value, dict) else value)]


def nodes(value: Any, mark: Mark | None, at: Node) -> Node:
    """Return what was read as nodes; a part without a mark of its own lies where the whole lies."""
    made = at.like(None) if mark is None else Node(None, mark.file or at.file, mark.line, mark.column, dict(mark.keys))
    inside = mark.children if mark else {}
    if isinstance(value, dict):
        made.value = {name: nodes(part, inside.get(name), made) for name, part in value.items()}
    elif isinstance(value, list):
        made.value = [nodes(part, inside.get(index), made) for index, part in enumerate(value)]
    else:
        made.value = value
    return made


def node_of(document: Document) -> Node:
    """Return a document as nodes."""
    return nodes(document.value, document.mark, Node(None, document.file))


def document_of(node: Node) -> Document:
    """Return nodes as a document; a mark names its file where that is another than its whole's."""
    return Document(node.file, plain(node), _mark(node, node.file))


def _mark(node: Node, file: str) -> Mark:
    made = Mark(node.line, node.column, file="" if node.file == file else node.file)
    parts: Any = ()
    if isinstance(node.value, dict):
        parts = node.value.items()
        made.keys = {name: at for name, at in node.keys.items() if name in node.value}
    elif isinstance(node.value, list):
        parts = enumerate(node.value)
    made.children = {step: _mark(part, node.file) for step, part in parts}
    return made
