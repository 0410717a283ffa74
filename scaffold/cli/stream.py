"""A bundle as one stream of objects, in the order in which they are applied.

May import: bundle.file, documents.rereading, errors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scaffold.documents.rereading import reread
from scaffold.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.bundle.file import Bundle, File
    from scaffold.choice import Choice

# What is not applied with the rest: it is handed over, or kept for an incident, or no object. Asked for, it is given.
_APART = {"request", "on-demand", "control-plane"}
_FIRST, _LAST = {"Namespace"}, {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"}


def yaml(bundle: Bundle, choice: Choice) -> Iterator[str]:
    """Yield the documents of a bundle: namespaces with their policies first, pods behind all that they stand on."""
    for file, _ in _ordered(bundle, choice):
        yield "\n".join(("---", f"# {file.path}", file.text.rstrip()))


def as_list(bundle: Bundle, choice: Choice) -> str:
    """Return the same objects as one JSON object of kind List."""
    items = [value for _, value in objects(bundle, choice)]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2)


def objects(bundle: Bundle, choice: Choice) -> list[tuple[str, Any]]:
    """Return the same objects, each with the path of its file."""
    return [(file.path, value) for file, values in _ordered(bundle, choice) for value in values]


def _ordered(bundle: Bundle, choice: Choice) -> list[tuple[File, list[Any]]]:
    found = [(file, _objects(file)) for file in bundle.files if file.path.endswith(".yaml") and file.scope != "index"]
    taken = [(file, values) for file, values in found if file.ownership == "generated" and _is_asked(file, choice)]
    if not taken:
        raise QuestionError("there is nothing to apply in it\n    name a folder instead of -")
    return sorted(taken, key=lambda one: (not one[0].path.startswith("namespaces/"), _rank(one[1]), one[0].path))


def _is_asked(file: File, choice: Choice) -> bool:
    return file.scope not in _APART or file.scope in choice.scopes


def _objects(file: File) -> list[Any]:
    values, _ = reread(file.text, file.path)
    return values


def _rank(values: list[Any]) -> int:
    kinds = {value.get("kind") for value in values if isinstance(value, dict)}
    return 0 if kinds & _FIRST else 2 if kinds & _LAST else 1
