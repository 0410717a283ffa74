"""Change what was read, so that every part still knows its place.

May import: reading.
"""

from __future__ import annotations

from typing import Any

from scaffold.documents.reading import Document, Mark, type_names

Path = tuple[str | int, ...]


class Blocked(Exception):  # noqa: N818  a signal for who knows what the path is to a person
    """Nothing can be put at a path: how far it leads, and what stands there."""

    def __init__(self, reached: Path, why: str) -> None:
        super().__init__(why)
        self.reached, self.why = reached, why


def copy_of(document: Document) -> Document:
    """Return a copy that may be changed."""
    return Document(document.file, _value(document.value), _mark(document.mark))


def _value(value: Any) -> Any:
    """Copy JSON: the copy module, which looks for cycles, takes five times as long."""
    if isinstance(value, dict):
        return {key: _value(part) for key, part in value.items()}
    return [_value(part) for part in value] if isinstance(value, list) else value


def _mark(mark: Mark) -> Mark:
    children = {step: _mark(child) for step, child in mark.children.items()}
    return Mark(mark.line, mark.column, dict(mark.keys), children, mark.file)


def holds(document: Document, path: Path) -> bool:
    """Tell whether something, be it null, stands at a path of names."""
    at = document.value
    for step in path:
        if not isinstance(at, dict) or step not in at:
            return False
        at = at[step]
    return True


def _at(document: Document, path: Path) -> Any:
    at = document.value
    for step in path:
        at = at.get(step) if isinstance(at, dict) else None
    return at


def put(document: Document, path: Path, value: Any, mark: Mark) -> None:
    """Put a value at a path, in the document itself; what is missing on the way is made, and a list grows by its end.

    Raises:
        Blocked: the path leads through something else than a mapping or a list, or beyond a list's end.
    """
    at, place = document.value, document.mark
    for depth, step in enumerate(path[:-1]):
        _check(at, path[:depth], step)
        if _item(at, step) is None:
            inner = Mark(mark.line, mark.column, file=mark.file)
            _assign(at, place, step, ([] if isinstance(path[depth + 1], int) else {}, inner))
        at, place = at[step], _part(place, step)
    _check(at, path[:-1], path[-1])
    _assign(at, place, path[-1], (value, mark))


def merge(document: Document, path: Path, value: Any, mark: Mark) -> None:
    """Merge a value into what stands at a path, in the document itself, as RFC 7396 does.

    Mappings are merged entry by entry; null takes away; anything else stands in the place of what was there.
    """
    if value is None:
        if holds(document, path):
            take(document, path)
    elif isinstance(value, dict):
        if not isinstance(_at(document, path), dict):
            put(document, path, {}, Mark(mark.line, mark.column, file=mark.file))
        for name, item in value.items():
            merge(document, (*path, name), item, _part(mark, name))
    else:
        put(document, path, value, mark)


def take(document: Document, path: Path) -> tuple[Any, Mark]:
    """Take away the entry of a mapping that stands at a path, with its place."""
    at, place = document.value, document.mark
    for step in path[:-1]:
        at, place = at[step], _part(place, step)
    mark = _part(place, path[-1])
    del place.children[path[-1]]
    place.keys.pop(str(path[-1]), None)
    return at.pop(path[-1]), mark


def _part(place: Mark, step: str | int) -> Mark:
    """Return the mark of a part; what nobody wrote by itself lies where the whole lies."""
    return place.children.setdefault(step, Mark(place.line, place.column))


def _check(at: Any, reached: Path, step: str | int) -> None:
    if isinstance(at, list) and isinstance(step, int):
        if step > len(at):
            raise Blocked(reached, f"has {len(at)} entries, and the next one is [{len(at)}]")
    elif isinstance(at, list):
        raise Blocked(reached, "is a list: its entries are [0], [1] and so on")
    elif isinstance(at, dict) and isinstance(step, int):
        raise Blocked(reached, "is a mapping: its entries have names")
    elif not isinstance(at, dict):
        raise Blocked(reached, f"is {type_names[type(at)]}: nothing is below it")


def _item(at: Any, step: Any) -> Any:
    if isinstance(at, list):
        return at[step] if step < len(at) else None
    return at.get(step)


def _assign(at: Any, place: Mark, step: Any, made: tuple[Any, Mark]) -> None:
    if isinstance(at, list) and step == len(at):
        at.append(made[0])
    else:
        at[step] = made[0]
    place.children[step] = made[1]
    place.keys.pop(str(step), None)  # the place of the value is the true one now
