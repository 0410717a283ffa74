"""Rendered objects as checks read them: each with the file it stands in, and the pods that it makes.

May import: reach.manifests, bundle.file and system.model (types), value.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from scaffold.reach.identities import Judgement, judge
from scaffold.reach.manifests import template_of
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.bundle.file import File
    from scaffold.system.model import Member, System


Identity: TypeAlias = tuple[str, str, str, str]
_HASH = re.compile(r"-[0-9a-f]{8}\Z")


class Manifest(Value, frozen=True):
    """One parsed object and the file it stands in."""

    file: File
    value: dict[str, Any]

    @property
    def path(self) -> str:
        """The file's path, relative to the output."""
        return self.file.path

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(self.value.get("kind", ""))

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return str(self.value.get("apiVersion", "")).rpartition("/")[0]

    @property
    def metadata(self) -> dict[str, Any]:
        """The object's metadata, empty where there is none."""
        return self.value.get("metadata") or {}

    @property
    def name(self) -> str:
        """The object's name."""
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        """The object's namespace; empty for a cluster-wide object."""
        return str(self.metadata.get("namespace", ""))

    @property
    def spec(self) -> dict[str, Any]:
        """The object's spec, empty where there is none."""
        return self.value.get("spec") or {}

    @property
    def identity(self) -> Identity:
        """What other objects call it: namespace, apiVersion, kind and name."""
        return self.namespace, str(self.value.get("apiVersion", "")), self.kind, self.name

    @property
    def scope(self) -> str:
        """The scope of the blueprint that made it."""
        return self.file.scope


class PodTemplate(Value, frozen=True):
    """The pods that one object makes: their labels, annotations and spec, and where in the file the spec stands."""

    manifest: Manifest
    labels: dict[str, str]
    spec: dict[str, Any]
    pointer: str
    annotations: dict[str, str]

    @property
    def owner(self) -> str:
        """The key of the App that an object of this name is of; a Job's name ends in the hash of what it runs."""
        name = self.manifest.name
        return f"{self.manifest.namespace}/{_HASH.sub('', name) if self.manifest.kind == 'Job' else name}"

    def place(self, tail: str = "") -> str:
        """Return the place of a part of the pod's spec."""
        return f"{self.manifest.path}#{self.pointer}{tail}"

    def containers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every container with its place: init, ordinary and ephemeral ones."""
        for key in ("initContainers", "containers", "ephemeralContainers"):
            for index, container in enumerate(self.spec.get(key) or ()):
                yield self.place(f"/{key}/{index}"), container


class Rendered(Value, frozen=True, dict=True):
    """A bundle as checks read it: the system that was meant, and the objects that were rendered."""

    system: System
    manifests: tuple[Manifest, ...]
    files: tuple[File, ...] = ()

    @cached_property
    def applied(self) -> tuple[Manifest, ...]:
        """The objects that are applied with the rest: no requests, nothing for incidents or flags."""
        return tuple(m for m in self.manifests if m.scope in _APPLIED and m.kind != "Kustomization")

    @cached_property
    def objects(self) -> tuple[Manifest, ...]:
        """The objects that are applied, and those that are kept for an incident, which may be any day."""
        return (*self.applied, *(manifest for manifest in self.manifests if manifest.scope == ON_DEMAND))

    @cached_property
    def pods(self) -> tuple[PodTemplate, ...]:
        """The pods of every workload."""
        return tuple(template for manifest in self.applied if (template := _template(manifest)) is not None)

    def beside(
        self, kind: str, wanted: Mapping[str, Iterable[dict[str, Any]]]
    ) -> tuple[list[Manifest], list[tuple[str, dict[str, Any]]]]:
        """Lay the applied objects of a kind beside what Apps declare: each spec once, by its App, in its namespace.

        Args:
            kind: the objects' kind.
            wanted: the specs that each App's objects have to have, by the App's key.

        Returns:
            The objects that nobody declared so, and what has no object: whose it is, and its spec.
        """
        left = {key: list(specs) for key, specs in wanted.items()}
        undeclared = []
        for manifest in self.applied:
            if manifest.kind != kind:
                continue
            key = manifest.file.subject
            if manifest.namespace == key.partition("/")[0] and manifest.spec in left.get(key, ()):
                left[key].remove(manifest.spec)
            else:
                undeclared.append(manifest)
        return undeclared, [(key, spec) for key, specs in left.items() for spec in specs]

    @cached_property
    def members(self) -> dict[str, Member]:
        """The Apps that were meant, by key."""
        return {member.app.key: member for member in self.system.members}

    @cached_property
    def owned(self) -> tuple[tuple[PodTemplate, Member], ...]:
        """The pods of every workload that is an App's, each with its App; `unowned_workload` finds the others."""
        return tuple((pod, self.members[pod.owner]) for pod in self.pods if pod.owner in self.members)

    @cached_property
    def autoscalers(self) -> dict[Identity, list[Manifest]]:
        """The autoscalers, by the identity of what they scale; it need not be there."""
        found: dict[Identity, list[Manifest]] = {}
        for manifest in self.applied:
            if manifest.kind == "HorizontalPodAutoscaler":
                target = manifest.spec.get("scaleTargetRef") or {}
                named = [str(target.get(key, "")) for key in ("apiVersion", "kind", "name")]
                found.setdefault((manifest.namespace, named[0], named[1], named[2]), []).append(manifest)
        return found

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """What the mesh's policies grant at each pod, next to its edges; nothing where there is no mesh."""
        return tuple(judge(self.system, [manifest.value for manifest in self.applied]))

    def selected(self, namespace: str, labels: dict[str, str]) -> list[PodTemplate]:
        """Return the pods of a namespace that carry all the given labels."""
        if not labels:
            return [pod for pod in self.pods if pod.manifest.namespace == namespace]
        first = next(iter(labels.items()))
        return [pod for pod in self._by_label.get((namespace, first), ()) if labels.items() <= pod.labels.items()]

    @cached_property
    def _by_label(self) -> dict[tuple[str, tuple[str, str]], list[PodTemplate]]:
        found: dict[tuple[str, tuple[str, str]], list[PodTemplate]] = {}
        for pod in self.pods:
            for label in pod.labels.items():
                found.setdefault((pod.manifest.namespace, label), []).append(pod)
        return found


_APPLIED = frozenset(("app", "namespace", "egress"))
ON_DEMAND = "on-demand"
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def _template(manifest: Manifest) -> PodTemplate | None:
    found = template_of(manifest.value)
    if found is None:
        return None
    template, pointer = found
    metadata = template.get("metadata") or {}
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    return PodTemplate(manifest, labels, template.get("spec") or {}, pointer, annotations)
