"""What an App's `environments` change: its spec as each Platform sees it, before anything is derived.

An environment is a Platform, by name. What it says is merged into the spec as RFC 7396 merges: mappings entry by entry,
null takes away what the spec says, and all else, lists too, stands in its place.

May import: walker, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.answers.walker import dotted, nearest
from scaffold.documents.editing import copy_of, merge
from scaffold.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from scaffold.documents.reading import Document

_FIELD = ("spec", "environments")


def environments(document: Document) -> dict[str, dict[str, Any]]:
    """Return what a document says for each environment; what does not have that form is for its type to refuse."""
    spec = document.value.get("spec") if isinstance(document.value, dict) else None
    given = spec.get("environments") if isinstance(spec, dict) else None
    return {name: one for name, one in given.items() if isinstance(one, dict)} if isinstance(given, dict) else {}


def in_environment(document: Document, name: str) -> Document:
    """Return a document as the Platform of a name sees it: itself, where it says nothing for it."""
    change = environments(document).get(name)
    if not change:
        return document
    made = copy_of(document)
    mark = made.mark.children["spec"].children["environments"].children[name]
    own = {key: value for key, value in change.items() if key != "environments"}
    merge(made, ("spec",), own, mark)
    return made


def check(documents: Iterable[Document]) -> Iterator[Problem]:
    """Refuse environments inside of environments: which of them would hold is anybody's guess."""
    for document in documents:
        for name, change in environments(document).items():
            if "environments" in change:
                path = (*_FIELD, name, "environments")
                why = f"{dotted(path)}: an environment has none of its own"
                yield Problem(document.key_place(path), why, "say it beside the others, below spec.environments")


def unrendered(documents: Iterable[Document], platforms: Collection[str]) -> Iterator[Problem]:
    """Say which environments are none of the Platforms that were given: of another run, or misspelt."""
    places: dict[str, list[Document]] = {}
    for document in documents:
        for name in environments(document):
            if name not in platforms:
                places.setdefault(name, []).append(document)
    for name, found in places.items():
        path = (*_FIELD, name)
        more = f" (and {len(found) - 1} more Apps)" if len(found) > 1 else ""
        near = nearest(name, platforms)
        why = f"{dotted(path)}{more}: no Platform of this name was given{near}, and it is not rendered"
        remedy = f"given: {', '.join(platforms)}" if platforms else "give a document with `kind: Platform`"
        yield Problem(found[0].key_place(path), why, remedy)
