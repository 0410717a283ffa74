"""The labels of everything that is rendered: the recommended set of Kubernetes, and who owns the object.

May import: answers.schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffold.answers.schema import App

NAME = "app.kubernetes.io/name"
OWNER = "scaffold/owner"
# Set by the API server on every namespace: the one label of a namespace that nobody has to keep in step.
NAMESPACE = "kubernetes.io/metadata.name"


def selector(name: str) -> dict[str, str]:
    """Return the one label that selects an App's pods: exactly one, so that removing it isolates a pod."""
    return {NAME: name}


def owned(owner: str) -> dict[str, str]:
    """Return whose an object is: by our own key, and by the one that people and scanners look for."""
    return {OWNER: owner, "owner": owner}


def pod_labels(app: App) -> dict[str, str]:
    """Return the labels of an App's pods and of every object made for it."""
    return {
        **selector(app.name),
        "app.kubernetes.io/instance": app.name,
        "app.kubernetes.io/part-of": app.namespace,
        "app.kubernetes.io/managed-by": "scaffold",
        **owned(app.team),
    }


def means(labels: dict[str, str], app: App) -> bool:
    """Tell whether labels mean the pods of an App of their namespace: they name it, or select what it is given."""
    return selector(app.name).items() <= labels.items() or labels.items() <= pod_labels(app).items()


def namespace_labels(namespace: str) -> dict[str, str]:
    """Return the labels of objects that belong to a whole namespace, which the platform team owns."""
    return {
        NAME: namespace,
        "app.kubernetes.io/part-of": namespace,
        "app.kubernetes.io/managed-by": "scaffold",
        **owned("platform"),
    }


def request_labels(owner: str) -> dict[str, str]:
    """Return the labels of an object that is handed to its owner."""
    return {"app.kubernetes.io/managed-by": "scaffold", **owned(owner)}
