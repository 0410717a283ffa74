"""The objects that are adopted from: by kind, namespace and name, and read by whoever has a use for them.

A Secret is known by its name and its keys: its values are dropped here, before anybody reads the object.

May import: part, graph.objects, graph.kinds (shapes), answers.walker (spelling), documents, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.adopt.part import Part, root, spelled
from scaffold.answers.walker import dotted
from scaffold.documents.reading import quoted
from scaffold.errors import Problem
from scaffold.graph.kinds import METADATA
from scaffold.graph.objects import Object, items_of, owners_of, without_nulls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.documents.reading import Document

DEFAULT = "default"
OF_THE_CLUSTER = ("kube-root-ca.crt", "openshift-service-ca.crt")
"""ConfigMaps that a controller makes in every namespace."""

# What a running cluster makes of other objects, or for itself, and what gives no answer of an App's.
_MADE = frozenset((
    "APIService", "ComponentStatus", "ControllerRevision", "CustomResourceDefinition", "EndpointSlice", "Endpoints",
    "Event", "Lease", "LimitRange", "Namespace", "Node", "PersistentVolume", "PodDisruptionBudget", "PodMetrics",
    "ResourceQuota", "SecretStore", "ClusterSecretStore", "ServiceAccount",
))  # fmt: skip


# Looked through for whom they are for: they are of use where that is an App, and are taken as a whole then.
_SCANNED = frozenset((
    "ClusterRoleBinding", "ExternalSecret", "HorizontalPodAutoscaler", "RequestAuthentication", "RoleBinding",
    "SealedSecret", "ServiceEntry",
))  # fmt: skip


class Found(Struct, eq=False):
    """What was found: each object as a part, by kind, namespace and name; what is wrong; who is found unasked."""

    parts: dict[tuple[str, str, str], Part] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    homeless: list[Part] = field(default_factory=list)
    _kinds: dict[str, list[Part]] = field(default_factory=dict)

    def of(self, *kinds: str) -> Iterator[Part]:
        """Yield the objects of some kinds, kind by kind in the order in which they were written."""
        if not self._kinds:
            for (kind, _, _), part in self.parts.items():
                self._kinds.setdefault(kind.partition(".")[0], []).append(part)
        for kind in kinds:
            yield from self._kinds.get(kind, ())

    def get(self, kind: str, namespace: str, name: str) -> Part | None:
        """Return one object by its name."""
        return self.parts.get((kind, namespace, name))

    @property
    def values(self) -> list[dict[str, Any]]:
        """All objects, as the evaluation of policies reads them."""
        return [part.value for part in self.parts.values()]

    def unused(self) -> Iterator[Problem]:
        """Yield the objects that nobody had a use for."""
        for (kind, _, name), part in self.parts.items():
            looked_at = () in part.reading.taken if kind in _SCANNED else bool(part.reading.taken)
            if kind not in _MADE and name not in OF_THE_CLUSTER and not looked_at:
                why = "nothing of it was carried over"
                yield Problem(part.place, f"{spelled(part.one)}: {why}", "keep it beside the bundle, if it is needed")


def found_in(documents: Iterable[Document], namespace: str) -> Found:
    """Sort the objects of some documents; of two with one name the last stands.

    Args:
        documents: what was read.
        namespace: where objects lie that do not say it; nothing where that is not known.
    """
    made = Found()
    for document in documents:
        for value, steps in items_of(document.value, ()):
            one = _object(value, document, steps, made)
            if one is not None:
                _add(one, made, namespace)
    made.parts = {
        key: part for key, part in made.parts.items() if not any(owner in made.parts for owner in owners_of(part.one))
    }
    return made


def _object(value: Any, document: Document, steps: tuple[str | int, ...], made: Found) -> Object | None:
    """Return an object that can be named; what a tree of Kustomize says of itself is none."""
    kind = value.get("kind") if isinstance(value, dict) else None
    version = value.get("apiVersion") if isinstance(value, dict) else None
    if not isinstance(kind, str) or not isinstance(version, str):
        why = "no object of Kubernetes: it has no `kind` and `apiVersion`"
        made.problems.append(Problem(document.place(steps), why, "leave the file out, or name the manifests alone"))
        return None
    if version.startswith(("kustomize.config.k8s.io/", "scaffold/")):
        return None
    sound = {"metadata": {}, **without_nulls(value)}
    wrong = list(METADATA(sound["metadata"], ("metadata",)))
    if not wrong and "name" not in sound["metadata"] and isinstance(sound["metadata"].get("generateName"), str):
        sound["metadata"]["name"] = sound["metadata"]["generateName"].rstrip("-")
    if not wrong and not sound["metadata"].get("name"):
        wrong = [(("metadata",), "an object without a name", "write `name:`")]
    for path, message, remedy in wrong:
        what = f"{quoted(kind)[1:-1]}: {dotted(path)}: {message}"
        made.problems.append(Problem(document.place((*steps, *path)), what, remedy))
    return None if wrong else Object(_without_values(sound), document, steps)


def _without_values(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object without the values of a Secret; its keys are known by name."""
    if value["kind"] != "Secret":
        return value
    keys = [*(value.get(part) for part in ("data", "stringData"))]
    names = {key: "" for part in keys if isinstance(part, dict) for key in part}
    return {
        "kind": "Secret",
        "apiVersion": value["apiVersion"],
        "metadata": value["metadata"],
        "type": value.get("type", ""),
        "data": names,
    }


def _add(one: Object, made: Found, namespace: str) -> None:
    metadata = one.value["metadata"]
    if metadata.get("namespace", DEFAULT) == DEFAULT and not one.value["kind"].startswith("Cluster"):
        metadata["namespace"] = namespace or DEFAULT
    part = root(one)
    key = one.key
    first = made.parts.get(key)
    if first is not None and _group(first.one) != _group(one):  # two vendors' kinds of one name
        key = (f"{key[0]}.{_group(one)}", *key[1:])
        first = made.parts.get(key)
    if first is not None:
        why = f"{spelled(one)} stands there twice, first at {first.place}: the last one is read"
        made.problems.append(Problem(part.place, why, "keep one of them"))
    made.parts[key] = part
    if not namespace and metadata.get("namespace") == DEFAULT:
        made.homeless.append(part)


def _group(one: Object) -> str:
    return str(one.value["apiVersion"]).rpartition("/")[0]
