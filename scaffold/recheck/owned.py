"""What a team makes of its App's base: built as Kustomize would, each part with the place that it was written at.

What: a team's own kustomization can be built, and what it builds still has every object of the base.
Why: what is not built here is applied without having been judged. An object that a patch takes away may be the one that
    shut a door.
Fields: every field of a kustomization, its patches, and the files that it names.
Allowed: what Kustomize does without another machine, another program, or a chart.
Reference: Kustomize, kustomization file.

May import: shape, lenient, found, kustomize, manifests, bundle, documents, finding, errors, value.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scaffold.bundle.file import File
from scaffold.errors import Place
from scaffold.finding import Finding
from scaffold.kustomize.build import build
from scaffold.manifests import Manifest
from scaffold.recheck.found import Found
from scaffold.recheck.lenient import mapping
from scaffold.recheck.shape import misshapen
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from scaffold.documents.reading import Document

REVIEW = "write it as the API's reference says; what is not judged is no finding, and no pass"
_WRITE = "write what it makes into a file under `resources`, where it is judged"
_KEEP = "if that is meant, say so in the answers; else leave it where it is"


class Owned(Value, frozen=True):
    """The objects of one App as they would be applied, their documents by path, and what cannot be judged."""

    manifests: tuple[Manifest, ...]
    documents: Mapping[str, Document]
    found: tuple[Found, ...]


def owned(folder: Path, own: File, base: Sequence[Manifest]) -> Owned:
    """Build an App's folder.

    Args:
        folder: the Platform's, on disk.
        own: the team's kustomization.yaml, which says something else than when it was written.
        base: the generated objects, as they are on disk.
    """
    top = own.path.rpartition("/")[0]
    built = build(folder / top)
    found = [
        Found(Finding("error", "documents/unbuilt", own.path, problem.message, remedy), problem.place)
        for problem in built.problems
        for remedy in (_WRITE if problem in built.unread else problem.remedy,)
    ]
    if built.problems and not built.documents:
        return Owned(tuple(base), {}, tuple(found))
    documents = _by_path(built.documents, folder / top, top)
    files = {manifest.path: manifest.file for manifest in base}
    manifests = []
    for path, document in documents.items():
        wrong = list(_misshapen(path, document))
        found += wrong
        if not wrong:
            file = files.get(path) or File(path, "", "", own.subject, "seeded", "app")
            manifests.append(Manifest(file, document.value))
    found += _taken(own, base, {_identity(document) for document in documents.values()}, folder)
    return Owned(tuple(manifests), documents, tuple(found))


def _by_path(documents: Sequence[Document], where: Path, top: str) -> dict[str, Document]:
    """Return documents by the path of the file that they began in, from the bundle's folder.

    Of several in one file all but the first have their line behind it.
    """
    made: dict[str, Document] = {}
    for document in documents:
        path = f"{top}/{os.path.relpath(document.file, where)}"
        made[path if path not in made else f"{path}:{document.mark.line}"] = document
    return made


def _misshapen(path: str, document: Document) -> Iterator[Found]:
    for steps, message in misshapen(document.value):
        finding = Finding("error", "documents/misshapen", path, message, REVIEW)
        yield Found(finding, document.place(steps))


def _identity(document: Document) -> tuple[str, ...]:
    """Return what other objects call the object of a document; nothing of one without a name."""
    value = mapping(document.value)
    named = mapping(value.get("metadata"))
    return tuple(map(str, (named.get("namespace", ""), value.get("apiVersion"), value.get("kind"), named.get("name"))))


def _taken(own: File, base: Sequence[Manifest], left: set[tuple[str, ...]], folder: Path) -> Iterator[Found]:
    """Yield a warning for each object of the base that is not built any more; what it opens, checks find."""
    for manifest in base:
        if manifest.identity not in left:
            why = f"{manifest.kind} {manifest.namespace}/{manifest.name} is in the base, and is not built"
            finding = Finding("warning", "documents/taken-out", manifest.path, why, _KEEP)
            yield Found(finding, Place(str(folder / own.path), 1, 1))
