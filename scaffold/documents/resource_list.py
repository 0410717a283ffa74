"""A ResourceList, by which KRM functions are asked and answer: Kustomize, kpt and others speak it.

Source: the KRM Functions Specification, version v1 of config.kubernetes.io.

May import: reading, errors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from scaffold.documents.reading import Document, Mark, read
from scaffold.errors import AnswersError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

# A list holds all that a caller has gathered, not one document that a person wrote.
MAX_BYTES = 16 << 20
_PATH = "config.kubernetes.io/path"
# What callers note on items for themselves; an answer has no annotations of its own.
_OF_CALLERS = ("config.kubernetes.io/", "internal.config.kubernetes.io/", "kustomize.config.k8s.io/", "config.k8s.io/")


class ResourceList(Struct, frozen=True):
    """What a function is asked: the answers among the items, as documents, and the other items as they are."""

    answers: list[Document]
    others: list[Any]


def decode(data: bytes, file: str) -> ResourceList:
    """Read what a caller asks.

    Args:
        data: a ResourceList as YAML or JSON, of at most 16 MiB.
        file: the name that places show.

    Returns:
        Documents of `scaffold/…` among the items, or as the function's own configuration; and whatever else there is.

    Raises:
        AnswersError: it is no ResourceList.
    """
    documents, problems = read(data, file, MAX_BYTES)
    if problems:
        raise AnswersError(problems)
    value = documents[0].value if len(documents) == 1 else None
    if not isinstance(value, dict) or value.get("kind") != "ResourceList":
        remedy = (
            "call it from `kustomize build --enable-alpha-plugins --enable-exec`, or by another caller of functions"
        )
        raise AnswersError([Problem(Place(file, 1, 1), "not a ResourceList", remedy)])
    items = value.get("items") or []
    config = value.get("functionConfig")
    given = [*items, config] if _is_answer(config) else items
    return ResourceList(
        [_document(one, file) for one in given if _is_answer(one)], [one for one in items if not _is_answer(one)]
    )


def encode(others: Iterable[Any], made: Iterable[tuple[str, Any]], problems: Iterable[Problem] = ()) -> str:
    """Return what a function answers, as JSON, which is YAML, too.

    Args:
        others: items that pass through.
        made: objects, each with the path at which a caller that keeps files puts it.
        problems: what the answers are refused for; callers show them beside the file.
    """
    items = [*others, *(_placed(path, value) for path, value in made)]
    results = [
        {
            "message": "\n".join(filter(None, (one.message, one.remedy))),
            "severity": "error",
            "file": {"path": one.place.file},
        }
        for one in problems
    ]
    answer = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    return json.dumps(answer | ({"results": results} if results else {}), indent=2)


def _is_answer(item: Any) -> bool:
    return isinstance(item, dict) and str(item.get("apiVersion", "")).startswith("scaffold/")


def _document(item: dict[str, Any], file: str) -> Document:
    """Return an item as the document that it was: where it stands in the list tells a person nothing."""
    metadata = item.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(notes, dict):
        return Document(_spelled(item, file), item, Mark(0, 0))
    own = {key: text for key, text in notes.items() if not key.startswith(_OF_CALLERS)}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    name = notes.get(_PATH)
    value = {**item, "metadata": {**rest, **({"annotations": own} if own else {})}}
    return Document(name if isinstance(name, str) else _spelled(item, file), value, Mark(0, 0))


def _spelled(item: dict[str, Any], file: str) -> str:
    metadata = item.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{item.get('kind')} {name}" if isinstance(name, str) else file


def _placed(path: str, value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), _PATH: path, "config.kubernetes.io/index": "0"}
    return {**value, "metadata": {**metadata, "annotations": annotations}}
