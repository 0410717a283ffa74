"""Explain why a value does not fit a type: every problem, each with its place and the nearest valid key.

msgspec validates fast and stops at the first error; this walk runs only after it failed.

May import: documents, errors.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import inspect

from scaffold.documents.reading import quoted, type_names
from scaffold.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scaffold.documents.reading import Document

Path = tuple[str | int, ...]

# A suggestion is a kindness: it must not cost minutes.
_MOST_CANDIDATES = 200
_LONGEST_WORD = 80

# `user:password@host`, wherever it was written.
_CREDENTIAL = re.compile(r"[^\s/:@]:[^\s/@]{1,200}@")

_info = cache(inspect.type_info)  # working a type out takes longer than walking through a document


def convert(document: Document, kind: Any) -> tuple[Any, list[Problem]]:
    """Convert a document to a type, or explain all that is wrong with it.

    Returns:
        The value (None where it does not fit), and the problems.
    """
    value, problems, _ = cut(document, kind)
    return value, problems


def cut(document: Document, kind: Any) -> tuple[Any, list[Problem], frozenset[Path]]:
    """Convert a document to a type, or explain what is wrong, and what to cut out so that the rest can be checked.

    Returns:
        The value (None where it does not fit), the problems, and the paths that have to be cut.
    """
    try:
        return msgspec.convert(document.value, kind), [], frozenset()
    except msgspec.ValidationError as error:
        walk = _Walk(document)
        problems = list(walk.walk(_info(kind), document.value, ()))
        # The walk explains; msgspec decides. What only msgspec saw is still reported.
        return None, problems or [Problem(document.place(), str(error))], frozenset(walk.cuts)


def salvage(document: Document, kind: Any, cuts: frozenset[Path]) -> tuple[Any, Callable[[Path], Path]]:
    """Convert what is left of a document once the parts that do not fit are cut out.

    Returns:
        The value (None where a part that must be there does not fit), and a function that translates a path in it to
        the path in the document (cutting a list item moves those behind it).
    """
    kept: dict[Path, list[int]] = {}

    def copy(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: copy(item, (*path, key)) for key, item in value.items() if (*path, key) not in cuts}
        if isinstance(value, list):
            kept[path] = [index for index in range(len(value)) if (*path, index) not in cuts]
            return [copy(value[index], (*path, index)) for index in kept[path]]
        return value

    def original(path: Path) -> Path:
        made: Path = ()
        for step in path:
            made = (*made, kept[made][step] if isinstance(step, int) else step)
        return made

    try:
        return msgspec.convert(copy(document.value, ()), kind), original
    except msgspec.ValidationError:
        return None, original


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return ` (did you mean "…"?)` with the valid word most like the given one, or nothing."""
    candidates = sorted(valid)[:_MOST_CANDIDATES]
    close = difflib.get_close_matches(word[:_LONGEST_WORD], candidates, n=1, cutoff=0.76)
    return f" (did you mean {quoted(close[0])}?)" if close else ""


def dotted(path: Path) -> str:
    """Spell a path as people read it: `spec.ports.http`, `spec.to[2].cidr`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{quoted(step, 80)[1:-1]}" for step in path)
    return text.removeprefix(".")


def shown(value: Any) -> str:
    """Spell a value for a message: one line, clipped, nothing that a terminal would obey."""
    if isinstance(value, (dict, list)) or value is None:
        return _name(value)
    if isinstance(value, str):
        return "text with a credential in it" if _CREDENTIAL.search(value) else quoted(value)
    return str(value).lower() if isinstance(value, bool) else str(value)[:60]


def _name(value: Any) -> str:
    return "nothing" if value is None else type_names[type(value)]


class _Walk:
    """One walk through one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.cuts: list[Path] = []
        self.entries: set[Path] = set()
        self.quiet: set[Path] = set()

    def shown(self, value: Any, path: Path) -> str:
        """Spell a value, unless it may be a secret by mistake: a message ends in logs."""
        if any(path[:length] in self.quiet for length in range(1, len(path) + 1)):
            return _name(value)
        return shown(value)

    def problem(self, path: Path, why: str, remedy: str = "", *, key: bool = False) -> Problem:
        self.cuts.append(self._entry(path))
        place = self.document.key_place(path) if key else self.document.place(path)
        return Problem(place, f"{dotted(path)}: {why}" if path else why, remedy)

    def _entry(self, path: Path) -> Path:
        """Return the part around a path that can be cut alone: a list item, a mapping's entry, else a field of spec."""
        prefixes = [path[:length] for length in range(1, len(path) + 1)]
        return next((part for part in prefixes if isinstance(part[-1], int) or part in self.entries), path[:2])

    def walk(self, kind: inspect.Type, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value, and with everything in it."""
        asked = _unwrap(kind, value)
        wanted = _wanted(asked.kind)
        if asked.quiet:
            self.quiet.add(path)
        if wanted is not None and type(value) is not wanted:
            expected = asked.expected if wanted in {str, int} else ""
            why = f"expected {expected or type_names[wanted]}, not {self.shown(value, path)}"
            yield self.problem(path, why, _quote(asked.kind, value) or asked.remedy)
        elif isinstance(asked.kind, inspect.StructType):
            yield from self.struct(asked, value, path)
        elif isinstance(asked.kind, inspect.DictType):
            yield from self.mapping(asked, value, path)
        elif isinstance(asked.kind, inspect.ListType):
            yield from self.size(asked, value, path)
            for index, item in enumerate(value[: asked.kind.max_length]):
                yield from self.walk(asked.kind.item_type, item, (*path, index))
        elif isinstance(asked.kind, inspect.LiteralType):
            if value not in asked.kind.values:
                yield self.choice([str(choice) for choice in asked.kind.values], value, path)
        elif not _fits(asked.kind, value):
            yield self.problem(path, f"expected {asked.expected}, not {self.shown(value, path)}", asked.remedy)

    def mapping(self, asked: _Asked, value: dict[str, Any], path: Path) -> Iterator[Problem]:
        kind = asked.kind
        if not isinstance(kind, inspect.DictType):
            return
        yield from self.size(asked, value, path)
        for name, item in list(value.items())[: kind.max_length]:
            self.entries.add((*path, name))
            named = _unwrap(kind.key_type, name)
            if not _fits(named.kind, name):
                why = f"expected {named.expected}, not {self.shown(name, path)}"
                yield self.problem((*path, name), why, named.remedy, key=True)
            yield from self.walk(kind.value_type, item, (*path, name))

    def size(self, asked: _Asked, value: dict[str, Any] | list[Any], path: Path) -> Iterator[Problem]:
        kind = asked.kind
        if isinstance(kind, (inspect.DictType, inspect.ListType)):
            if len(value) < (kind.min_length or 0):
                yield self.problem(path, f"must not be empty: {asked.expected}", asked.remedy)
            elif kind.max_length is not None and len(value) > kind.max_length:
                yield self.problem(path, f"{len(value)} entries: {asked.expected}", asked.remedy)

    def choice(self, choices: list[str], value: Any, path: Path) -> Problem:
        near = nearest(value, choices) if isinstance(value, str) else ""
        quoted = f'write it in quotes: "{value}"' if str(value) in choices else ""
        return self.problem(path, f"{self.shown(value, path)} is not one of: {', '.join(choices)}{near}", quoted)

    def struct(self, asked: _Asked, value: dict[str, Any], path: Path) -> Iterator[Problem]:
        kind = asked.kind
        if not isinstance(kind, inspect.StructType) or _holds(kind, value):
            return
        fields = {entry.encode_name: entry for entry in kind.fields}
        if kind.tag_field is not None:
            if kind.tag_field not in value:
                yield self.problem(path, f'"{kind.tag_field}" is missing', f"one of: {', '.join(asked.choices)}")
                return
            if value[kind.tag_field] != kind.tag:
                yield self.choice(list(asked.choices), value[kind.tag_field], (*path, kind.tag_field))
                return
        for name in value:
            if name not in fields and name != kind.tag_field:
                why = f"unknown key{nearest(name, fields)}"
                self.entries.add((*path, name))
                yield self.problem((*path, name), why, "valid here: " + ", ".join(fields), key=True)
        for name, entry in fields.items():
            if name in value:
                yield from self.walk(entry.type, value[name], (*path, name))
            elif entry.required:
                yield self.problem(path, f'"{name}" is missing', f"add `{name}: …`")


def _holds(kind: inspect.StructType, value: dict[str, Any]) -> bool:
    """Tell whether a part fits as a whole, as most parts of a document do that does not fit."""
    if kind.tag_field is not None:
        return False  # alone it would do without its tag
    try:
        msgspec.convert(value, kind.cls)
    except msgspec.ValidationError:
        return False
    return True


def _wanted(kind: inspect.Type) -> type | None:
    """Return the JSON type that a value must have; None where any may come (literals)."""
    return _JSON.get(type(kind))


_JSON: dict[type[inspect.Type], type] = {
    inspect.StructType: dict,
    inspect.DictType: dict,
    inspect.ListType: list,
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.BoolType: bool,
}


class _Asked(NamedTuple):
    """A type without its wrapping, what it expects in words, and what to write instead."""

    kind: inspect.Type
    expected: str = ""
    remedy: str = ""
    quiet: bool = False
    choices: tuple[str, ...] = ()


def _unwrap(kind: inspect.Type, value: Any) -> _Asked:
    """Take the metadata off a type; of a union, take the member that was meant by its tag or its JSON type."""
    expected, remedy, quiet = "", "", False
    while isinstance(kind, inspect.Metadata):
        expected = (kind.extra_json_schema or {}).get("description", expected)
        remedy = (kind.extra or {}).get("remedy", remedy)
        quiet = (kind.extra or {}).get("quiet", quiet)
        kind = kind.type
    if not isinstance(kind, inspect.UnionType):
        tagged = isinstance(kind, inspect.StructType) and kind.tag_field is not None
        return _Asked(kind, expected, remedy, quiet, (str(kind.tag),) if tagged else ())  # type: ignore[attr-defined]
    if value is None and any(isinstance(member, inspect.NoneType) for member in kind.types):
        return _Asked(inspect.AnyType())
    members = [_unwrap(member, value) for member in kind.types if not isinstance(member, inspect.NoneType)]
    choices = tuple(sorted(choice for member in members for choice in member.choices))
    fitting = [member for member in members if _may_be(member.kind, value)] or members
    return next((member for member in fitting if _is_tagged(member, value)), fitting[0])._replace(choices=choices)


def _may_be(kind: inspect.Type, value: Any) -> bool:
    if isinstance(kind, inspect.LiteralType):
        return isinstance(value, str) and value in kind.values
    return _wanted(kind) is type(value)


def _is_tagged(member: _Asked, value: Any) -> bool:
    kind = member.kind
    return (
        isinstance(kind, inspect.StructType) and isinstance(value, dict) and value.get(str(kind.tag_field)) == kind.tag
    )


def _quote(kind: inspect.Type, value: Any) -> str:
    """Return how to make a string of what YAML read as a number or a boolean, where the string would do."""
    if not isinstance(kind, inspect.StrType) or not isinstance(value, (bool, int, float)):
        return ""
    text = shown(value)
    return f'write it in quotes: "{text}"' if _fits(kind, text) else ""


def _fits(kind: inspect.Type, value: Any) -> bool:
    if isinstance(kind, inspect.StrType):
        long_enough = len(value) >= (kind.min_length or 0)
        short_enough = kind.max_length is None or len(value) <= kind.max_length
        return long_enough and short_enough and (kind.pattern is None or re.search(kind.pattern, value) is not None)
    if isinstance(kind, inspect.IntType):
        return (kind.ge is None or value >= kind.ge) and (kind.le is None or value <= kind.le)
    return True
