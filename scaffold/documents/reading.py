"""Read untrusted YAML (answers, blueprints), keeping the place of every value.

Values are built from libyaml's *events*, so nothing is composed before it is bounded: libyaml's composer crashes the
process on 300,000 `[`. Scalars follow the YAML 1.2 core schema; anchors, aliases, tags and duplicate keys are refused.

May import: errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct, field

from scaffold.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

# libyaml where PyYAML was built with it (every published wheel); the pure Python parser gives the same events, slower.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SCALAR, _SEQUENCE_END, _MAPPING_END = yaml.ScalarEvent, yaml.SequenceEndEvent, yaml.MappingEndEvent

MAX_BYTES = 1 << 20
MAX_DEPTH = 64

type_names = {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}

# What libyaml does not read, and the line ends of YAML 1.1 that are none in 1.2.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMERIC = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9]{1,20}\Z|0o[0-7]{1,20}\Z|0x[0-9a-fA-F]{1,16}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")


class Mark(Struct):
    """Where a value starts, and the marks of what it contains: by key for a mapping, by index for a list.

    `file` is named where a part, and all in it, was not written in the document's own file.
    """

    line: int
    column: int
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    children: dict[str | int, Mark] = field(default_factory=dict)
    file: str = ""


class Document(Struct):
    """One YAML document: its JSON value, and a place for each part of it."""

    file: str
    value: Any
    mark: Mark

    @property
    def kind(self) -> str:
        """What it says of itself: App, Platform, or anything; empty where that is no word."""
        kind = self.value.get("kind") if isinstance(self.value, dict) else None
        return kind if isinstance(kind, str) else ""

    def place(self, path: tuple[str | int, ...] = ()) -> Place:
        """Return where the value at `path` starts, or the deepest part of the path that was written."""
        mark, file = self.mark, self.file
        for step in path:
            if step not in mark.children:
                break
            mark = mark.children[step]
            file = mark.file or file
        return Place(file, mark.line, mark.column)

    def key_place(self, path: tuple[str | int, ...]) -> Place:
        """Return where the key that ends `path` was written; the value's place where it is a list item."""
        mark, file = self.mark, self.file
        for step in path[:-1]:
            if step not in mark.children:
                return self.place(path)
            mark = mark.children[step]
            file = mark.file or file
        at = mark.keys.get(str(path[-1])) if path else None
        return Place(file, *at) if at else self.place(path)


class Refused(Exception):  # noqa: N818  an internal signal, caught in `read`
    """What the readers do not read: the event, what it is, and what to write instead."""

    def __init__(self, event: Any, message: str, remedy: str) -> None:
        self.event, self.message, self.remedy = event, message, remedy


def read(
    data: bytes, file: str, most: int = MAX_BYTES, into: type[Builder] | None = None
) -> tuple[list[Document], list[Problem]]:
    """Read every document of an untrusted YAML file.

    Args:
        data: the file's bytes: UTF-8, nested at most 64 deep.
        file: the name that places show.
        most: how many bytes it may have.
        into: what builds values, where not as people's answers are read.

    Returns:
        The documents, and the problems met. A document with a repeated key is among the documents (the last value
        stands), so that its other problems can be reported too; one that could not be read to its end is not.
    """
    if len(data) > most:
        return [], [Problem(Place(file, 1, 1), f"the file has more than {most} bytes", "split it")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(data[: error.start].decode("utf-8", "replace"), file)
        return [], [Problem(place, "not UTF-8 text", "save the file as UTF-8")]
    odd = _UNREADABLE.search(text)
    if odd is not None:
        why = f"the character U+{ord(odd[0]):04X}, which YAML readers do not agree on"
        return [], [
            Problem(_place(text[: odd.start()], file), why, "remove it, or write it as an escape in double quotes")
        ]
    builder = (into or Builder)(file)
    try:
        builder.run(events(text))
    except Refused as refused:
        builder.problem(refused.event, refused.message, refused.remedy)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        why = getattr(error, "problem", None) or str(error)
        builder.problems.append(Problem(place, f"not YAML: {why}", "mend the syntax there, or just before"))
    return builder.documents, builder.problems


def events(text: str) -> Iterator[Any]:
    """Return the parser's events, without the generator around it that `yaml.parse` is.

    Raises:
        YAMLError: the text is not YAML, while the events are taken.
    """
    return iter(_PARSER(text).get_event, None)


def _place(before: str, file: str) -> Place:
    """Return the place behind some text."""
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


class Builder:
    """Values and marks from a stream of events, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.documents: list[Document] = []
        self.problems: list[Problem] = []

    def problem(self, event: Any, message: str, remedy: str) -> None:
        """Report what is wrong where an event starts."""
        at = event.start_mark
        self.problems.append(Problem(Place(self.file, at.line + 1, at.column + 1), message, remedy))

    def run(self, events: Iterator[Any]) -> None:
        """Build every document."""
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                value, mark = self._document(events)
                if value is not None:
                    self.documents.append(Document(self.file, value, mark))

    def _document(self, events: Iterator[Any]) -> tuple[Any, Mark]:
        holder: list[Any] = []
        root = Mark(1, 1)
        stack: list[tuple[Any, Mark]] = [(holder, root)]
        key: list[str | None] = [None]
        for event in events:
            kind = type(event)  # compared as it is: half of the time goes into asking what an event is
            if kind is _SEQUENCE_END or kind is _MAPPING_END:
                stack.pop()
                key.pop()
                continue
            if kind is yaml.DocumentEndEvent:
                break
            container, mark = stack[-1]
            value = self._start(event, len(stack))
            name = key[-1]
            if name is None and type(container) is dict:
                key[-1] = self._key(event, value, container, mark)
                continue
            at = event.start_mark
            child = Mark(at.line + 1, at.column + 1)
            if name is not None:
                container[name], mark.children[name], key[-1] = value, child, None
            else:
                mark.children[len(container)] = child
                container.append(value)
            if kind is not _SCALAR:
                stack.append((value, child))
                key.append(None)
        return holder[0], root.children[0]

    def _start(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused(event, "anchors and aliases are not read", "write the value out where it is needed")
        if event.tag is not None and event.tag != "!":
            raise Refused(event, f"the tag {event.tag!a} is not read", "remove it; quote a value to make it a string")
        if depth > MAX_DEPTH:
            raise Refused(event, f"nested more than {MAX_DEPTH} deep", "flatten it")
        if isinstance(event, yaml.MappingStartEvent):
            return {}
        if isinstance(event, yaml.SequenceStartEvent):
            return []
        # A plain scalar is typed by the core schema, any other style (and `!`) is a string.
        value = event.value if event.style or event.tag else scalar(event.value)
        # A document that says `null` says something, and is not taken for an empty one.
        return event.value if value is None and event.value and depth == 1 else value

    def _key(self, event: Any, value: Any, container: dict[str, Any], mark: Mark) -> str:
        if isinstance(value, (dict, list)):
            raise Refused(event, "a key must be a word", "write `key: value`")
        name = str(event.value)
        if name in container:
            first = mark.keys[name][0]
            self.problem(event, f"{quoted(name)} is given twice (first on line {first})", "keep one of them")
        mark.keys[name] = (event.start_mark.line + 1, event.start_mark.column + 1)
        return name


def quoted(text: str, most: int = 60) -> str:
    """Spell text for a message: in double quotes, on one line, clipped, with nothing that a terminal would obey."""
    spelled = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:most])
    return f'"{spelled}…"' if len(text) > most else f'"{spelled}"'


def scalar(text: str) -> str | int | float | bool | None:
    """Type a plain scalar by the YAML 1.2 core schema; what is no null, boolean or number is the string itself."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in _NUMERIC:
        return text
    if _INT.match(text):
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    return float(text) if _FLOAT.match(text) else text
