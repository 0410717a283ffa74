"""Leave out what a bundle opens by itself: to the mesh, the API server, gateways and probes, whatever rule names it.

May import: draft, fitting (taking out), answers.load, catalog (types), system.resolve, reach, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.adopt.fitting import take_out
from scaffold.answers.load import from_documents
from scaffold.documents.editing import copy_of
from scaffold.errors import ProblemsError
from scaffold.reach.ambient import PROBES
from scaffold.system.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.adopt.draft import Draft
    from scaffold.catalog import Catalog
    from scaffold.documents.reading import Document
    from scaffold.system.model import Endpoint, System

_SIDES = ("from", "to")
_WHO = ("pods", "cidr")
# What a Platform has to know first, and of which flows between others follow alone.
_NO_FLOW = ("identity", "permissions", "secrets")
_ANY = "adopted.invalid/app:0"  # never rendered


def without_derived(drafts: Iterable[Draft], catalog: Catalog, platform: Document | None) -> bool:
    """Take out of every App the entries for pods and networks that its bundle opens without them.

    Returns:
        Whether these are known: not as long as what the Apps say cannot be read.
    """
    every = [*drafts]
    for draft in every:
        for side, index, entry in _entries(draft.document):
            if entry.get("cidr") in PROBES:  # as which a mesh's node agent lets the kubelet ask
                take_out(draft.document, ("spec", side, index))
    bare = [_bare(draft.document) for draft in every]
    system = _system(bare, catalog, platform) or _system([_flows_alone(one) for one in bare], catalog, platform)
    if system is None:
        return False
    known = {(key, side, *end) for key, side, end in _opened(system)}
    for draft in every:
        for side, index, entry in _entries(draft.document):
            port = entry["port"]
            number = draft.spec["ports"][port]["port"] if isinstance(port, str) else port
            labels = tuple(sorted(entry.get("pods", {}).items()))
            namespace = entry.get("namespace", draft.namespace) if labels else ""
            if (draft.key, side, namespace, labels, entry.get("cidr", ""), number) in known:
                take_out(draft.document, ("spec", side, index))
    return True


def _entries(document: Document) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield the entries for pods and networks, from each list's end, so that any may be taken out."""
    for side in _SIDES:
        listed: list[dict[str, Any]] = document.value["spec"].get(side, [])
        for index in reversed(range(len(listed))):
            if any(key in listed[index] for key in _WHO):
                yield side, index, listed[index]


def _bare(document: Document) -> Document:
    """Return a copy without entries for pods and networks."""
    made = copy_of(document)
    for side, index, _ in [*_entries(made)]:
        take_out(made, ("spec", side, index))
    return made


def _flows_alone(document: Document) -> Document:
    """Return a copy of what flows are derived from, whatever else keeps the App from being rendered yet."""
    made = copy_of(document)
    for key in _NO_FLOW:
        made.value["spec"].pop(key, None)
    made.value["spec"]["image"] = _ANY
    return made


def _system(documents: list[Document], catalog: Catalog, platform: Document | None) -> System | None:
    """Return what the Apps are together; None where they cannot be rendered yet."""
    try:
        [answers] = from_documents([*documents, *([platform] if platform else [])], catalog)
        return resolve(catalog, answers)
    except ProblemsError:
        return None


def _opened(system: System) -> Iterator[tuple[str, str, tuple[str, tuple[tuple[str, str], ...], str, int]]]:
    """Yield what is open at each App: its key, the side, and who is at the other end at which port."""
    for edge in system.edges:
        if edge.through and edge.target.app:
            yield edge.target.app, "from", _end(edge.through, edge.port)
        for source, target in ((edge.source, edge.target), *([(edge.source, edge.through)] if edge.through else [])):
            for port in {edge.port, edge.carried} - {0}:
                if source.app:
                    yield source.app, "to", _end(target, port)
                if target.app:
                    yield target.app, "from", _end(source, port)


def _end(end: Endpoint, port: int) -> tuple[str, tuple[tuple[str, str], ...], str, int]:
    return "" if end.cidr else end.namespace, tuple(sorted(end.labels)), end.cidr, port
