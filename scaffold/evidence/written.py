"""Write answers as a person would: fields in the schema's order, and behind each value where it was read.

May import: answers (schema, platform), documents, render.escape_yaml (how values are spelled), errors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import inspect

from scaffold.answers.platform import Platform
from scaffold.answers.schema import App
from scaffold.render.escape_yaml import block, comment, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.documents.editing import Path
    from scaffold.documents.reading import Document

# Wider, and one part a line is read more easily.
_WIDEST = 96
# YAML has no simple key that is longer.
_LONGEST_KEY = 1000
_KINDS = {"App": App, "Platform": Platform}


def app_yaml(document: Document, *, sources: bool = True) -> str:
    """Return the text of an answers file.

    Args:
        document: an App or a Platform, as far as it is known.
        sources: whether a comment says where each value of a foreign file was read, `# from Dockerfile:12`.

    Returns:
        YAML that the reader of answers takes, with the document's value exactly.
    """
    kind = document.kind if document.kind in _KINDS else "App"
    value = _ordered(document.value, inspect.type_info(_KINDS[kind]))
    lines = [f"# yaml-language-server: $schema={kind.lower()}.schema.json"]
    lines += _Writer(document, sources=sources).block(value, (), 0)
    return "\n".join(lines) + "\n"


class _Writer:
    """Lines of block style, and of flow style where all of a part is short and comes from one place."""

    def __init__(self, document: Document, *, sources: bool) -> None:
        self.document, self.sources = document, sources

    def block(self, value: Any, path: Path, indent: int) -> Iterator[str]:
        """Yield the lines of a mapping or a list that is not empty."""
        margin = " " * indent
        for step, part in _parts(value):
            head = f"{margin}{_key(step)}" if isinstance(step, str) else f"{margin}-"
            if len(head) > _LONGEST_KEY + indent:
                yield f"{margin}? {scalar(step)}"
                head = f"{margin}:"
            yield from self._entry(head, part, (*path, step), indent)

    def _entry(self, head: str, value: Any, path: Path, indent: int) -> Iterator[str]:
        flat = self._flat(value, path, indent)
        if flat is not None:
            first, broken, rest = flat.partition("\n")
            yield f"{head} {first}{self._source(value, path)}{broken}{rest}"
            return
        lines = self.block(value, path, indent + 2)
        if head.lstrip() == "-":
            # The first entry stands behind the dash.
            yield f"{head} {next(lines).lstrip()}"
        else:
            yield head
        yield from lines

    def _flat(self, value: Any, path: Path, indent: int) -> str | None:
        """Return a value on one line, or a text as a literal block; None of what has parts of its own."""
        if isinstance(value, str):
            return str(block(value, indent + 2))
        if not isinstance(value, (dict, list)) or not value:
            return _scalar(value)
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        if len(path) < 2 or any(isinstance(part, (dict, list)) and part for _, part in parts):  # noqa: PLR2004
            return None
        if len({self._place((*path, step)) for step, _ in _parts(value)}) > 1:
            return None
        spelled = _flow(value)
        return spelled if indent + len(spelled) <= _WIDEST else None

    def _source(self, value: Any, path: Path) -> str:
        first = next((step for step, _ in _parts(value)), None)
        place = self._place(path if first is None else (*path, first))
        return f"  # from {comment(place)}" if place else ""

    def _place(self, path: Path) -> str:
        """Return the foreign file and line that a value was read from; empty of any other value."""
        mark = self.document.mark
        file = mark.file
        for step in path:
            if step not in mark.children:
                break
            mark = mark.children[step]
            file = mark.file or file
        return f"{file}:{mark.line}" if self.sources and file and mark.line else ""


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _key(name: str) -> str:
    return f"{scalar(name)}:"


def _scalar(value: Any) -> str:
    """Spell what has no parts; numbers with a fraction are in no answer, but may stand in a document."""
    if isinstance(value, float):
        return json.dumps(value).replace("Infinity", "1e999")
    return scalar(value)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} {_scalar(part)}" for name, part in value.items()) + "}"
    return "[" + ", ".join(map(_scalar, value)) + "]"


def _ordered(value: Any, kind: inspect.Type) -> Any:
    """Return a value with the fields of each part in the order in which the schema has them; others follow."""
    if isinstance(kind, inspect.Metadata):
        return _ordered(value, kind.type)
    if isinstance(kind, inspect.UnionType):
        wanted = inspect.ListType if isinstance(value, list) else (inspect.StructType, inspect.DictType)
        bare = [one.type if isinstance(one, inspect.Metadata) else one for one in kind.types]
        return _ordered(value, next((one for one in bare if isinstance(one, wanted)), bare[0]))
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        fields: Mapping[str, Any] = {one.encode_name: one.type for one in kind.fields}
        names = [*(name for name in fields if name in value), *(name for name in value if name not in fields)]
        return {name: _ordered(value[name], fields.get(name, inspect.AnyType())) for name in names}
    if isinstance(kind, inspect.DictType) and isinstance(value, dict):
        return {name: _ordered(part, kind.value_type) for name, part in value.items()}
    if isinstance(kind, inspect.ListType) and isinstance(value, list):
        return [_ordered(part, kind.item_type) for part in value]
    return value
