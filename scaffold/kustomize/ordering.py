"""The order in which kustomize writes what it built, and how it spells annotations.

As kustomize's SortOrderTransformer, with the order that `kustomize build` takes where nothing is said.

May import: kustomization, node, resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.kustomize.node import Node, text

if TYPE_CHECKING:
    from scaffold.kustomize.kustomization import SortOptions
    from scaffold.kustomize.resource import Resource

_FIRST = (
    "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
    "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
    "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob",
    "PodDisruptionBudget",
)  # fmt: skip
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def ordered(resources: list[Resource], options: SortOptions | None) -> list[Resource]:
    """Return objects in the order in which they are written."""
    if options is not None and options.order != "legacy":
        return resources
    own = options.legacy_sort_options if options is not None else None
    first = own.order_first if own else _FIRST
    last = own.order_last if own else _LAST
    ranks = {kind: index - len(first) for index, kind in enumerate(first)}
    ranks |= {kind: index + 1 for index, kind in enumerate(last)}

    def key(one: Resource) -> tuple[object, ...]:
        now = one.id
        kind = f"{now.group or '~G'}_{now.version or '~V'}_{now.kind or '~K'}"
        told = (
            f"{now.kind}.{now.version or '[noVer]'}.{now.group or '[noGrp]'}|{now.namespace or '~X'}|{now.name or '~N'}"
        )
        return ranks.get(now.kind, 0), kind, told

    return sorted(resources, key=key)


def spell_annotations(node: Node) -> None:
    """Make every annotation a string, as kustomize writes them; none are written where there are none."""
    metadata = node.get("metadata")
    notes = node.get("metadata", "annotations")
    if metadata is None or notes is None:
        return
    if not notes.value:
        metadata.drop("annotations")
    elif isinstance(notes.value, dict):
        for note in notes.value.values():
            if not isinstance(note.value, (str, dict, list)):
                note.value = text(note)
