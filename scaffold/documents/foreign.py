"""Read YAML (and JSON) that was written for other programs: with anchors, aliases, merge keys and tags.

Aliases share what they stand for, and all that a document would hold written out is counted, so that no few lines
become a billion. A place is where something was really written. Source: YAML 1.2 chapter 7.1, and
the type `merge` of YAML 1.1.

May import: reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from scaffold.documents.reading import MAX_DEPTH, Builder, Document, Mark, Refused, quoted, read, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.errors import Problem

MAX_NODES = 100_000
"""How many values a document may hold, each alias counted as all that it stands for."""


class TaggedMark(Mark):
    """A mark that knows the local tag (`!reset`) of its value; empty without one."""

    tag: str = ""


def read_foreign(text: str, file: str) -> tuple[list[Document], list[Problem]]:
    """Read every document of a foreign YAML or JSON text; other tags than local ones mean nothing.

    Returns:
        The documents, and the problems, as `reading.read` does.
    """
    return read(text.encode("utf-8", "surrogatepass"), file, into=_Foreign)


class _Anchored(NamedTuple):
    """What an anchor stands for: how many values, and how deep."""

    value: Any
    mark: Mark
    size: int = 1
    height: int = 0


class _Open:
    """A mapping or list that is being read, or the holder of the document."""

    def __init__(self, value: Any, mark: Mark, anchor: str | None, before: int) -> None:
        self.value, self.mark, self.anchor, self.before = value, mark, anchor, before
        self.key: str | None = None
        self.merging = False
        self.height = 1
        self.merged: list[tuple[Any, Mark]] = []


class _Foreign(Builder):
    """Values and marks from a stream of events, without recursion."""

    def _document(self, events: Iterator[Any]) -> tuple[Any, Mark]:
        self.count = 0
        self.anchors: dict[str, _Anchored] = {}
        stack = [_Open([], Mark(1, 1), None, 0)]
        for event in events:
            if isinstance(event, yaml.DocumentEndEvent):
                break
            if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                done = stack.pop()
                self._close(done)
                stack[-1].height = max(stack[-1].height, done.height + 1)
                continue
            at = stack[-1]
            if isinstance(at.value, dict) and at.key is None:
                at.key = self._name(event, at)
                continue
            value, mark = self._value(event, stack)
            self._put(event, at, value, mark)
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append(_Open(value, mark, event.anchor, self.count))
        return stack[0].value[0], stack[0].mark.children[0]

    def _value(self, event: Any, stack: list[_Open]) -> tuple[Any, Mark]:
        known = self._known(event) if isinstance(event, yaml.AliasEvent) else None
        if len(stack) + (known.height if known else 0) > MAX_DEPTH:
            raise Refused(event, f"nested more than {MAX_DEPTH} deep", "flatten it")
        if known:
            self._grow(event, known.size)
            stack[-1].height = max(stack[-1].height, known.height + 1)
            return known.value, known.mark
        self._grow(event, 1)
        tag = event.tag or ""
        local = tag if tag.startswith("!") else ""
        mark = TaggedMark(event.start_mark.line + 1, event.start_mark.column + 1, tag=local)
        if isinstance(event, yaml.MappingStartEvent):
            return {}, mark
        if isinstance(event, yaml.SequenceStartEvent):
            return [], mark
        made = event.value if event.style or tag == "!" or tag.endswith(":str") else scalar(event.value)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(made, mark)
        return made, mark

    def _known(self, event: Any) -> _Anchored:
        if event.anchor not in self.anchors:
            raise Refused(event, f"no anchor {quoted(event.anchor)} ends before it", "name one that does")
        return self.anchors[event.anchor]

    def _grow(self, event: Any, size: int) -> None:
        self.count += size
        if self.count > MAX_NODES:
            raise Refused(event, f"more than {MAX_NODES} values, with aliases written out", "split it")

    def _name(self, event: Any, at: _Open) -> str:
        given = self._known(event).value if isinstance(event, yaml.AliasEvent) else None
        if not isinstance(given, str) and not isinstance(event, yaml.ScalarEvent):
            raise Refused(event, "a key must be a word", "write `key: value`")
        self._grow(event, 1)
        name = given if isinstance(given, str) else str(event.value)
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if event.anchor and given is None:
            self.anchors[event.anchor] = _Anchored(name, Mark(*place))
        at.merging = name == "<<" and given is None and not event.style
        if at.merging:
            return name
        if name in at.mark.keys:
            first = at.mark.keys[name][0]
            self.problem(event, f"{quoted(name)} is given twice (first on line {first})", "keep one of them")
        at.mark.keys[name] = place
        return name

    @staticmethod
    def _put(event: Any, at: _Open, value: Any, mark: Mark) -> None:
        if isinstance(at.value, list):
            at.mark.children[len(at.value)] = mark
            at.value.append(value)
            return
        name, at.key = at.key or "", None
        if not at.merging:
            at.value[name], at.mark.children[name] = value, mark
        elif isinstance(value, (dict, list)):
            at.merged.append((value, mark))
        else:
            raise Refused(event, "`<<` merges mappings only", "write an alias of a mapping behind it")

    def _close(self, done: _Open) -> None:
        for value, mark in done.merged:
            parts = [(value, mark)] if isinstance(value, dict) else [(p, mark.children[i]) for i, p in enumerate(value)]
            for part, place in parts:
                for name in part if isinstance(part, dict) else ():
                    if name not in done.value:  # what stands in the mapping itself, or was merged before, wins
                        done.value[name], done.mark.children[name] = part[name], place.children[name]
                        done.mark.keys[name] = place.keys[name]
        if done.anchor:
            self.anchors[done.anchor] = _Anchored(done.value, done.mark, self.count - done.before + 1, done.height)
