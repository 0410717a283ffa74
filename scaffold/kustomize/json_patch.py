"""JSON patches (RFC 6902), as kustomize's own library takes them: a negative index counts from the end.

May import: node, documents, errors.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from scaffold.documents.reading import quoted
from scaffold.kustomize.node import Node, Stop, copy_of, plain, weigh

_OPERATIONS = ("add", "copy", "move", "remove", "replace", "test")
_REMEDY = "check the path against the object that the patch is for"


class Spot(NamedTuple):
    """Where something is in an object: the mapping or list, and the name or number in it."""

    within: Node
    step: str


def apply(there: Node, patch: Node) -> None:
    """Change an object as a list of operations says.

    Raises:
        Stop: an operation is none, or does not apply.
    """
    for operation in patch.value:
        _one(there, operation)
        if operation.written("op") in {"copy", "add"}:
            weigh(there, operation.place)


def _one(there: Node, operation: Node) -> None:
    said = operation.written("op")
    if said not in _OPERATIONS:
        words = f"{quoted(said)} is no operation" if said else "an operation without `op`"
        raise Stop(operation.place, words, f"valid here: {', '.join(_OPERATIONS)}")
    path = _path(operation, "path")
    if said in {"move", "copy"}:
        spot = _spot(there, operation, "from")
        value = _value(spot, operation)
        if said == "move":
            _remove(spot, operation)
        _add(_spot(there, operation, "path"), copy_of(value), operation)
        return
    given = operation.get("value") or operation.like(None)
    if said == "replace" and path == "":
        if not isinstance(given.value, dict):
            raise Stop(given.place, "an object is replaced by a mapping", "write the whole object")
        there.become(copy_of(given))
        return
    if said == "test" and path == "":
        _test(there, given)
        return
    spot = _spot(there, operation, "path")
    if said == "add":
        _add(spot, copy_of(given), operation)
    elif said == "remove":
        _remove(spot, operation)
    elif said == "replace":
        _replace(spot, copy_of(given), operation)
    else:
        _test(_value(spot, operation), given)


def _path(operation: Node, name: str) -> str:
    part = operation.get(name)
    if part is None or not isinstance(part.value, str):
        raise Stop(operation.place, f"an operation without `{name}`", "write one, as /spec/replicas")
    return part.value


def _spot(there: Node, operation: Node, name: str) -> Spot:
    path = _path(operation, name)
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
    at: Node | None = there
    for part in parts[1:-1]:
        at = _part(at, part) if at is not None else None
    if len(parts) < len(["", "name"]) or at is None or not isinstance(at.value, (dict, list)):
        raise Stop(operation.place, f"the path {quoted(path)} leads nowhere", _REMEDY)
    return Spot(at, parts[-1])


def _part(at: Node, step: str) -> Node | None:
    if isinstance(at.value, dict):
        return at.value.get(step)
    index = _index(at, step, 0) if isinstance(at.value, list) else None
    return None if index is None else at.value[index]


def _index(at: Node, step: str, beyond: int) -> int | None:
    """Return which item is meant; `beyond` is how many more than there are one may name."""
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", step):
        return None
    index, size = int(step), len(at.value) + beyond
    return index % size if -size <= index < size else None


def _value(spot: Spot, operation: Node) -> Node:
    found = _part(*spot)
    if found is None and isinstance(spot.within.value, list):
        raise Stop(operation.place, f"there is no item {quoted(spot.step)}", _REMEDY)
    return found if found is not None else operation.like(None)


def _add(spot: Spot, value: Node, operation: Node) -> None:
    at, step = spot
    if isinstance(at.value, dict):
        at.put(step, value)
        return
    index = len(at.value) if step == "-" else _index(at, step, 1)
    if index is None:
        raise Stop(operation.place, f"the list has {len(at.value)} items: none can be put at {quoted(step)}", _REMEDY)
    at.value.insert(index, value)


def _remove(spot: Spot, operation: Node) -> None:
    at, step = spot
    if isinstance(at.value, dict):
        if step not in at.value:
            raise Stop(operation.place, f"there is no {quoted(step)} to take away", _REMEDY)
        at.drop(step)
        return
    index = _index(at, step, 0)
    if index is None:
        raise Stop(operation.place, f"there is no item {quoted(step)} to take away", _REMEDY)
    del at.value[index]


def _replace(spot: Spot, value: Node, operation: Node) -> None:
    at, step = spot
    if isinstance(at.value, dict):
        at.put(step, value)  # the library takes a name that is not there for a name that is
        return
    index = _index(at, step, 0)
    if index is None:
        raise Stop(operation.place, f"there is no item {quoted(step)} to replace", _REMEDY)
    at.value[index] = value


def _test(found: Node, wanted: Node) -> None:
    if _said(found) != _said(wanted):  # true is not 1
        raise Stop(wanted.place, "the object does not hold what the patch tests for", "correct the test, or the object")


def _said(node: Node) -> str:
    return json.dumps(plain(node), sort_keys=True)
