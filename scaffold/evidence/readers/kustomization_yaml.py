"""A kustomization: the namespace that everything is put into, and the image that is set.

Source: Kustomize's reference (namespace, images).

May import: nodes, files, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.evidence.model import Fact, Proposal, Said
from scaffold.evidence.nodes import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text

_FOLDERS = ("", "k8s/", "kubernetes/", "deploy/", "manifests/", "kustomize/", "k8s/base/", "deploy/base/", "base/")
FILES = tuple(f"{folder}kustomization.{suffix}" for folder in _FOLDERS for suffix in ("yaml", "yml"))


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    documents, problems = nodes(text)
    yield from problems
    for document in documents[:1]:
        namespace, images = document.get("namespace"), document.get("images")
        if namespace is not None and namespace.text:
            yield Said(namespace.place, ("metadata", "namespace"), namespace.text)
        for image in images.items() if images else ():
            name, tag = image.get("newName") or image.get("name"), image.get("newTag")
            if name is not None and tag is not None:
                why = "the image is set there"
                yield Proposal(("spec", "image"), f"{name.text}:{tag.text}", tag.place, why)
