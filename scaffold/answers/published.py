"""What others have to know of an App that is rendered elsewhere: its index, and how it is read.

An index is App documents again, of what matters to others alone: how an App is found, who calls it, and what it calls.
So a file of answers is as good an index as one that was written as such.

May import: documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.documents.editing import copy_of, holds, put
from scaffold.documents.reading import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.documents.reading import Document

# What an index tells, in this order; of flows those between Apps, which somebody else declares, too.
_TOLD = ("team", "workload", "ports", "from", "to")
_FLOWS = ("from", "to")
# What is asked of requests decides on how a mesh leads others there, whoever it is asked of.
_OF_REQUESTS = frozenset(("token", "headers", "addresses", "refusedAgents"))
# Of a workload only what its pods are to others: its size is nobody's business.
_WORKLOAD = ("kind", "schedule")
_IMAGE = "published.invalid/app:0"  # never rendered


def index(documents: Iterable[Document]) -> Iterator[dict[str, Any]]:
    """Yield the index of Apps, as documents: what each is to others, in every environment.

    Args:
        documents: answers that were read without a problem; Platforms are left out.
    """
    for document in documents:
        if document.kind != "App":
            continue
        value = document.value
        spec = _told(value["spec"])
        changed = {name: _told(one) for name, one in (value["spec"].get("environments") or {}).items()}
        environments = {name: one for name, one in changed.items() if one}
        yield {
            "apiVersion": value["apiVersion"],
            "kind": "App",
            "metadata": {"name": value["metadata"]["name"], "namespace": value["metadata"]["namespace"]},
            "spec": {**spec, **({"environments": environments} if environments else {})},
        }


def _told(spec: dict[str, Any]) -> dict[str, Any]:
    found = {key: spec[key] for key in _TOLD if key in spec}
    for key in _FLOWS:
        if found.get(key) is not None:
            found[key] = [one for one in found[key] if "app" in one or not _OF_REQUESTS.isdisjoint(one)]
    if found.get("workload") is not None:
        found["workload"] = {key: found["workload"][key] for key in _WORKLOAD if key in found["workload"]}
    # An empty part says nothing; in an environment null takes away, and an empty list stands in the place of another.
    return {key: part for key, part in found.items() if part != {}}


def whole(document: Document) -> Document:
    """Return a document of an index as one of answers, which has an image, too."""
    spec = document.value.get("spec") if isinstance(document.value, dict) else None
    if not isinstance(spec, dict) or holds(document, ("spec", "image")):
        return document
    made = copy_of(document)
    place = made.mark.children["spec"]
    put(made, ("spec", "image"), _IMAGE, Mark(place.line, place.column, file=place.file))
    return made
