"""Where labels, images, counts and names stand in objects: the fields that kustomize changes, and how it finds them.

The tables are kustomize's own (api/internal/konfig/builtinpluginconsts); a path is followed as by its fieldspec filter.

May import: node.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffold.kustomize.node import Node, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Field(NamedTuple):
    """A path in objects of a kind; empty words stand for any. `create` makes what is missing on the way."""

    path: str
    kind: str = ""
    group: str = ""
    version: str = ""
    create: bool = False

    def selects(self, group: str, version: str, kind: str) -> bool:
        """Tell whether an object is of the kind."""
        return (
            (not self.kind or self.kind == kind)
            and (not self.group or self.group == group)
            and (not self.version or self.version == version)
        )


_META = "metadata/labels"
_TEMPLATE = "spec/template/metadata/"
_JOB = "spec/jobTemplate/"
_TERM = "spec/template/spec/affinity/"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels"


def _templates(what: str, stateful: str) -> tuple[Field, ...]:
    """Return the metadata of pods' templates."""
    return (
        Field(_TEMPLATE + what, "ReplicationController", version="v1", create=True),
        Field(_TEMPLATE + what, "Deployment", create=True),
        Field(_TEMPLATE + what, "ReplicaSet", create=True),
        Field(_TEMPLATE + what, "DaemonSet", create=True),
        Field(_TEMPLATE + what, "StatefulSet", stateful, create=True),
        Field(_TEMPLATE + what, "Job", "batch", create=True),
        Field(f"{_JOB}metadata/{what}", "CronJob", "batch", create=True),
        Field(f"{_JOB}{_TEMPLATE}{what}", "CronJob", "batch", create=True),
    )


annotation_fields = (Field("metadata/annotations", create=True), *_templates("annotations", ""))
metadata_fields = (Field(_META, create=True),)
template_fields = (*metadata_fields, *_templates("labels", "apps"))
claim_fields = (Field("spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", "apps", create=True),)
selector_fields = (
    Field("spec/selector", "Service", version="v1", create=True),
    Field("spec/selector", "ReplicationController", version="v1", create=True),
    Field("spec/selector/matchLabels", "Deployment", create=True),
    Field("spec/selector/matchLabels", "ReplicaSet", create=True),
    Field("spec/selector/matchLabels", "DaemonSet", create=True),
    Field("spec/selector/matchLabels", "StatefulSet", "apps", create=True),
    *(
        Field(path, kind, "apps")
        for kind in ("Deployment", "StatefulSet")
        for path in (
            *(f"{_TERM}{what}/{how}" for what in ("podAffinity", "podAntiAffinity") for how in (_PREFERRED, _REQUIRED)),
            "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
        )
    ),
    Field("spec/selector/matchLabels", "Job", "batch"),
    Field(f"{_JOB}spec/selector/matchLabels", "CronJob", "batch"),
    Field("spec/selector/matchLabels", "PodDisruptionBudget", "policy"),
    Field("spec/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
    Field("spec/ingress/from/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
    Field("spec/egress/to/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io"),
    *template_fields,
    *claim_fields,
)
image_fields = tuple(
    Field(f"{pod}{part}", create=True)
    for pod, parts in (
        ("spec/", ("containers[]/image", "initContainers[]/image", "volumes[]/image/reference")),
        ("spec/template/spec/", ("containers[]/image", "initContainers[]/image", "volumes[]/image/reference")),
        (f"{_JOB}spec/template/spec/", ("volumes[]/image/reference",)),
    )
    for part in parts
)
replica_fields = tuple(
    Field("spec/replicas", kind, create=True)
    for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
)
namespace_fields = (
    Field("metadata/name", "Namespace", create=True),
    Field("spec/service/namespace", "APIService", "apiregistration.k8s.io", create=True),
    Field("spec/conversion/webhook/clientConfig/service/namespace", "CustomResourceDefinition", "apiextensions.k8s.io"),
)


def merged(first: Iterable[Field], more: Iterable[Field]) -> list[Field]:
    """Return fields with more of them, as kustomize joins what a person names with what it knows.

    Raises:
        ValueError: one of them is to be created in the one list, and not in the other.
    """
    result = list(first)
    for one in more:
        same = next((old for old in result if old.path == one.path and _within(old, one)), None)
        if same is None:
            result.append(one)
        elif same.create != one.create:
            raise ValueError(one.path)
    return result


def _within(old: Field, one: Field) -> bool:
    return one.selects(old.group, old.version, old.kind)


@cache
def steps(path: str, delimiter: str = "/") -> tuple[str, ...]:
    r"""Split a path; `\` before the delimiter keeps it (kyaml's PathSplitter)."""
    parts = path.split(delimiter)
    if len(parts) > 1 and not parts[0]:
        parts = parts[1:]
    result = parts[:1]
    for part in parts[1:]:
        if result[-1].endswith("\\"):
            result[-1] = result[-1][:-1] + delimiter + part
        else:
            result.append(part)
    return tuple(result)


def change(node: Node, path: Sequence[str], act: Callable[[Node], None], made: Any = None) -> None:
    """Do something with each part that a path leads to; a list on the way is gone through.

    Args:
        node: where the path begins.
        path: names; one that ends in `[]` is of a list, and never made.
        act: what is done with a part.
        made: what is put where the last part is missing, an empty mapping or an empty text; None makes nothing.

    Raises:
        Stop: the path leads through something that is neither a mapping nor a list.
    """
    if not path:
        act(node)
    elif isinstance(node.value, list):
        for item in node.value:
            change(item, path, act, made)
    elif isinstance(node.value, dict):
        name = path[0].removesuffix("[]")
        listed = name != path[0]
        new: Any = [] if listed else None if made is None else {} if len(path) > 1 else type(made)()
        part = node.value.get(name)
        if part is None and new is not None and not listed:
            part = node.value[name] = node.like(None)
        if part is not None:
            if part.value is None and new is not None:
                part.value = new
            change(part, path[1:], act, made)
    elif node.value is not None:
        raise Stop(node.place, f"a mapping or a list is needed here: {'/'.join(path)} is looked for in it")
