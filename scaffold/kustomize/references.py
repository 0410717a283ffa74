"""References to names: where an object is renamed, those that name it follow.

The table is kustomize's (api/internal/konfig/builtinpluginconsts/namereference.go); which of several objects is meant
is decided as its filter does (api/filters/nameref).

May import: fields, node, resource, documents, errors.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from scaffold.documents.reading import quoted
from scaffold.kustomize.fields import Field, change, steps
from scaffold.kustomize.node import Node, Stop, missing, text
from scaffold.kustomize.resource import NOWHERE, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

_PODS = (
    ("Pod", "spec/"),
    ("PodTemplate", "template/spec/"),
    ("Deployment", "spec/template/spec/"),
    ("ReplicaSet", "spec/template/spec/"),
    ("DaemonSet", "spec/template/spec/"),
    ("StatefulSet", "spec/template/spec/"),
    ("Job", "spec/template/spec/"),
    ("CronJob", "spec/jobTemplate/spec/template/spec/"),
)
_RUN = (
    ("Pod", "spec/"),
    ("StatefulSet", "spec/template/spec/"),
    ("Deployment", "spec/template/spec/"),
    ("ReplicationController", "spec/template/spec/"),
    ("CronJob", "spec/jobTemplate/spec/template/spec/"),
    ("Job", "spec/template/spec/"),
    ("DaemonSet", "spec/template/spec/"),
)
_CONFIG = ("volumes/configMap/name", "volumes/projected/sources/configMap/name")
_SECRET = ("volumes/secret/secretName", "volumes/projected/sources/secret/name", "imagePullSecrets/name")
_WORKLOADS = ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_OTHERS = f"""
ConfigMap v1 - spec/configSource/configMap Node
ConfigMap v1 - rules/resourceNames Role
ConfigMap v1 - rules/resourceNames ClusterRole
ConfigMap v1 - metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap Ingress
Secret v1 - spec/tls/secretName Ingress
Secret v1 - metadata/annotations/ingress.kubernetes.io\\/auth-secret Ingress
Secret v1 - metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret Ingress
Secret v1 - metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret Ingress
Secret v1 - imagePullSecrets/name ServiceAccount
Secret v1 - parameters/secretName StorageClass
Secret v1 - parameters/adminSecretName StorageClass
Secret v1 - parameters/userSecretName StorageClass
Secret v1 - parameters/secretRef StorageClass
Secret v1 - rules/resourceNames Role
Secret v1 - rules/resourceNames ClusterRole
Secret v1 - spec/template/spec/containers/env/valueFrom/secretKeyRef/name Service serving.knative.dev v1
Secret v1 - spec/azureFile/secretName PersistentVolume
Service v1 - spec/serviceName StatefulSet apps
Service v1 - spec/rules/http/paths/backend/serviceName Ingress
Service v1 - spec/backend/serviceName Ingress
Service v1 - spec/rules/http/paths/backend/service/name Ingress
Service v1 - spec/defaultBackend/service/name Ingress
Service v1 - spec/service/name APIService apiregistration.k8s.io
Service v1 - webhooks/clientConfig/service ValidatingWebhookConfiguration {_ADMISSION}
Service v1 - webhooks/clientConfig/service MutatingWebhookConfiguration {_ADMISSION}
Role - {_RBAC} roleRef/name RoleBinding {_RBAC}
ClusterRole - {_RBAC} roleRef/name RoleBinding {_RBAC}
ClusterRole - {_RBAC} roleRef/name ClusterRoleBinding {_RBAC}
ServiceAccount v1 - subjects RoleBinding {_RBAC}
ServiceAccount v1 - subjects ClusterRoleBinding {_RBAC}
PersistentVolume v1 - spec/volumeName PersistentVolumeClaim
PersistentVolume v1 - rules/resourceNames ClusterRole
StorageClass v1 storage.k8s.io spec/storageClassName PersistentVolume
StorageClass v1 storage.k8s.io spec/storageClassName PersistentVolumeClaim
StorageClass v1 storage.k8s.io spec/volumeClaimTemplates/spec/storageClassName StatefulSet
ValidatingAdmissionPolicy - {_ADMISSION} spec/policyName ValidatingAdmissionPolicyBinding {_ADMISSION}
"""


class Reference(NamedTuple):
    """A field that names an object of a kind."""

    kind: str
    version: str
    group: str
    field: Field


@cache
def _references() -> tuple[Reference, ...]:
    return tuple(sorted(_table(), key=lambda one: (one.kind != "ConfigMap", one.kind != "Secret")))


def _table() -> Iterator[Reference]:
    for kind in _WORKLOADS:
        yield Reference(kind, "", "", Field("spec/scaleTargetRef/name", "HorizontalPodAutoscaler"))
    for kind, pod in _PODS:
        version = "v1" if kind == "Pod" else ""
        for what, paths in (("configMap", _CONFIG), ("secret", _SECRET)):
            inside = [
                f"{containers}/{path}"
                for containers in ("containers", "initContainers")
                for path in (f"env/valueFrom/{what}KeyRef/name", f"envFrom/{what}Ref/name")
            ]
            for path in (*paths, *inside):
                yield Reference(what[0].upper() + what[1:], "v1", "", Field(pod + path, kind, version=version))
    for kind, pod in _RUN:
        yield Reference("ServiceAccount", "v1", "", Field(f"{pod}serviceAccountName", kind))
        yield Reference("PersistentVolumeClaim", "v1", "", Field(f"{pod}volumes/persistentVolumeClaim/claimName", kind))
        yield Reference("PriorityClass", "v1", "scheduling.k8s.io", Field(f"{pod}priorityClassName", kind))
    for line in _OTHERS.split("\n"):
        if line:
            words = ["" if word == "-" else word for word in line.split()]
            kind, version, group, path, by, of, at = [*words, "", ""][:7]
            yield Reference(kind, version, group, Field(path, by, of, at))


class _Named(Struct):
    """The objects of a build, by each name that they ever had and the namespace that they are in."""

    by_name: dict[str, dict[str, list[Resource]]]

    def meant(self, name: str, by: _By, reference: Reference, among: Node | None = None) -> Resource | None:
        """Return the object that a field names.

        Args:
            name: what the field says.
            by: the object with the field.
            reference: which field it is.
            among: the mapping around the name, where that says a namespace too.

        Raises:
            Stop: it may be any of several.
        """
        groups = self.by_name.get(name)
        if not groups:
            return None
        near = [one for key in groups if by.reach is None or key in by.reach for one in groups[key]]
        found = [one for one in near if _is(one, reference)]
        if among is not None and among.get("namespace") is not None:
            found = _within(found, among.written("namespace"))
        if reference.field.path.endswith("roleRef/name"):
            found = [one for one in found if _is_role(one, by.resource.node)]
        if by.reach is not None:
            free = {NOWHERE, by.lies_in}
            found = [one for one in found if one.id.lies_in in free or one.id.kind == "ServiceAccount"]
        if len(found) < len("ab"):
            return found[0] if found else None
        found = [one for one in found if _same_affixes(one, by.resource, empty=True)]
        if len(found) > 1:
            found = [one for one in found if _same_affixes(one, by.resource, empty=False)]
        told = {(one.id.name, one.id.namespace if among is not None else "") for one in found}
        if len(told) > 1:
            why = f"{quoted(name)} may be any of {len(found)} objects of kind {reference.kind}"
            raise Stop(by.resource.node.place, why, "give them names of their own")
        return found[0] if found else None


class _By(Struct):
    """An object that may name others: where it lies, and in which namespaces what it names can lie; None for any."""

    resource: Resource
    lies_in: str
    reach: set[str] | None


def _by(resource: Resource) -> _By:
    now = resource.id
    if now.lies_in == NOWHERE:
        return _By(resource, now.lies_in, None)
    reach = {NOWHERE, now.lies_in}
    subjects = resource.node.get("subjects")
    if now.kind == "RoleBinding" and subjects is not None and isinstance(subjects.value, list):
        reach |= {item.written("namespace") for item in subjects.value if item.written("kind") == "ServiceAccount"}
    return _By(resource, now.lies_in, reach)


def _within(found: list[Resource], namespace: str) -> list[Resource]:
    """Return those that were written in a namespace, else those that are in it."""
    first = [one for one in found if one.first.lies_in == namespace]
    return first or [one for one in found if one.id.lies_in == namespace]


def _is(one: Resource, reference: Reference) -> bool:
    wanted = Field("", reference.kind, reference.group, reference.version)
    return any(wanted.selects(past.group, past.version, past.kind) for past in one.previous)


def _is_role(one: Resource, node: Node) -> bool:
    group, kind = node.get("roleRef", "apiGroup"), node.get("roleRef", "kind")
    if group is None or kind is None:
        return True
    wanted = Field("", text(kind), text(group))
    return any(wanted.selects(past.group, past.version, past.kind) for past in one.previous)


def _same_affixes(one: Resource, other: Resource, *, empty: bool) -> bool:
    pairs = ((one.prefixes, other.prefixes), (one.suffixes, other.suffixes))
    return all((empty and not (a and b)) or _same_end(*sorted((a, b), key=len)) for a, b in pairs)


def _same_end(short: list[str], long: list[str]) -> bool:
    return long[-len(short) :] == short if short else not long


def follow(resources: list[Resource]) -> Iterator[Stop]:
    """Rename what names renamed objects; what is not certain is told, and left."""
    by_name: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    for one in resources:
        for name in {name for _, name, _ in one.past}:
            by_name[name][one.id.lies_in].append(one)
    if not by_name:
        return
    named = _Named(by_name)
    by_kind: dict[str, list[Reference]] = defaultdict(list)
    for reference in _references():
        by_kind[reference.field.kind].append(reference)
    for one in resources:
        first, by = one.first, _by(one)
        for reference in by_kind.get(first.kind, ()):
            if reference.field.selects(first.group, first.version, first.kind):
                try:
                    _follow(by, reference, named)
                except Stop as stop:
                    yield stop


def _follow(by: _By, reference: Reference, named: _Named) -> None:
    def rename(node: Node) -> None:
        if isinstance(node.value, list):
            for item in node.value:
                rename(item)
        elif isinstance(node.value, dict):
            _rename_within(node, by, reference, named)
        elif not missing(node):
            found = named.meant(text(node), by, reference)
            if found is not None:
                node.value = found.id.name

    change(by.resource.node, steps(reference.field.path), rename)


def _rename_within(node: Node, by: _By, reference: Reference, named: _Named) -> None:
    """Rename where a mapping says a name, and perhaps a namespace."""
    name = node.get("name")
    if name is None:
        raise Stop(node.place, "a name is needed here", "write `name: …`")
    found = named.meant(text(name), by, reference, node)
    if found is None:
        return
    now = found.id
    name.value = now.name
    if now.namespace:
        place = node.get("namespace") or name
        node.value["namespace"] = place.like(now.namespace)
