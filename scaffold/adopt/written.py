"""Spell an adopted document as YAML that people keep: in the schema's order, each value with the place it came from.

May import: answers (schema), render (spelling of values), documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import fields

from scaffold.answers.platform import PlatformSpec
from scaffold.answers.schema import AppSpec
from scaffold.render.escape_yaml import block, comment, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.documents.editing import Path
    from scaffold.documents.reading import Document
    from scaffold.errors import Place

_LONGEST = 90
"""Of a mapping on one line, before the comment."""
_MOST_PLACES = 3
_SECTIONS = 2
"""How deep the parts lie that begin a line of their own, whatever their length: `spec`, `spec.ports`."""


def text_of(document: Document, head: str) -> str:
    """Return a document as text.

    Args:
        document: whose marks say where each value was read; where a line is 0, nobody wrote it.
        head: what its first line says.
    """
    value = {**document.value, "spec": _ordered(document)}
    folder = _folder({place.file for place in _all(document, value, ()) if place.line})
    where = f" Files lie below {folder}." if folder else ""
    lines = [f"# {comment(head + where)}", *_Lines(document, folder).of(value, ())]
    return "\n".join(lines) + "\n"


def _folder(files: set[str]) -> str:
    """Return the folder that all files lie in, so that it is told once."""
    folders = [file.split("/")[:-1] for file in sorted(files)]
    same = [parts[0] for parts in zip(*folders, strict=False) if len(set(parts)) == 1]
    shared = len(same) if folders else 0
    whole = "/".join(folders[0][:shared]) if folders else ""
    return f"{whole}/" if whole and all(file.startswith(f"{whole}/") for file in files) else ""


def _ordered(document: Document) -> dict[str, Any]:
    kind = PlatformSpec if document.kind == "Platform" else AppSpec
    order = {entry.encode_name: index for index, entry in enumerate(fields(kind))}
    spec: dict[str, Any] = document.value.get("spec", {})
    return dict(sorted(spec.items(), key=lambda entry: order.get(entry[0], len(order))))


class _Lines:
    """The lines of one document, whose files lie in a folder that is told once."""

    def __init__(self, document: Document, folder: str) -> None:
        self._document, self._folder = document, folder

    def of(self, value: Any, path: Path) -> Iterator[str]:
        """Yield the lines of what is in a mapping or a list."""
        indent = "  " * len([step for step in path if isinstance(step, str)])
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            at = (*path, step)
            start = f"{indent}{scalar(step)}:" if isinstance(step, str) else f"{indent}-"
            if isinstance(item, str) and "\n" in item:
                yield f"{start} {block(item, len(indent) + 2)}"
            elif not isinstance(item, (dict, list)) or _is_line(item, at):
                yield f"{start} {scalar(item)}{self._places(item, at)}"
            else:
                yield start
                yield from self.of(item, at)

    def _places(self, value: Any, at: Path) -> str:
        """Return the comment behind a value: the places of all that stands on its line."""
        known = [place for place in _all(self._document, value, at) if place.line and at[0] != "metadata"]
        found = [*dict.fromkeys(f"{place.file.removeprefix(self._folder)}:{place.line}" for place in known)]
        more = ["…"] if len(found) > _MOST_PLACES else []
        return f"  # {comment(', '.join([*found[:_MOST_PLACES], *more]))}" if found else ""


def _is_line(value: Any, at: Path) -> bool:
    """Tell whether a mapping or list is short enough for one line, and no section of its own."""
    text = scalar(value)
    short = len(text) <= _LONGEST and "\\n" not in text
    return not value or isinstance(at[-1], int) or (short and (len(at) > _SECTIONS or at[0] == "metadata"))


def _all(document: Document, value: Any, at: Path) -> Iterator[Place]:
    if isinstance(value, (dict, list)) and value:
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _all(document, item, (*at, step))
    else:
        yield document.place(at)
