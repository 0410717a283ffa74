"""Which objects documents hold: each has a kind and a name, and a List is what it lists.

As kustomize's resource factory (api/resource/factory.go).

May import: node, documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.kustomize.node import Node, Stop, node_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.documents.reading import Document


def objects(documents: Iterable[Document]) -> list[Node]:
    """Return the objects of some documents; what a List lists comes behind the others.

    Raises:
        Stop: one of them is no object.
    """
    waiting = [node_of(document) for document in documents if document.value not in ({}, [], None)]
    result: list[Node] = []
    while waiting:
        node = waiting.pop(0)
        _check(node)
        items = node.get("items")
        if not node.written("kind").endswith("List") or items is None:
            result.append(node)
        elif isinstance(items.value, list):
            waiting += items.value
        elif items.value is not None:
            raise Stop(items.place, "the items of a List are a list")
    return result


def _check(node: Node) -> None:
    if not isinstance(node.value, dict):
        raise Stop(node.place, "an object of Kubernetes is a mapping", "write apiVersion, kind and metadata")
    kind = node.get("kind")
    if kind is None or not node.written("kind"):
        raise Stop(node.place, "an object without a kind", "write `kind: …`")
    if not node.written("kind").endswith("List") and not node.written("metadata", "name"):
        raise Stop(node.place, "an object without a name", "write `metadata: {name: …}`")
