"""What kustomize knows of kinds: which lists are merged by which keys, and which objects lie in no namespace.

Source: the API of Kubernetes 1.21 that kustomize carries (kyaml/openapi: x-kubernetes-patch-strategy and -merge-key,
x-kubernetes-list-map-keys), and the kinds of kyaml's openapi.go. Any other list, and lists of any other kind, are
replaced.

May import: nothing of the project.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

Schema = dict[str, Any]
"""Of a mapping: what is known of its entries, a Schema or a Merged."""


class Merged(NamedTuple):
    """A list that is merged: by the keys of its items, or, without keys, as a set of words."""

    keys: tuple[str, ...]
    items: Schema


_META: Schema = {"finalizers": Merged((), {}), "ownerReferences": Merged(("uid",), {})}
_MOUNTED: Schema = {
    "env": Merged(("name",), {}),
    "volumeDevices": Merged(("devicePath",), {}),
    "volumeMounts": Merged(("mountPath",), {}),
}
_CONTAINERS = Merged(("name",), {**_MOUNTED, "ports": Merged(("containerPort", "protocol"), {})})
_CLAIM: Schema = {"metadata": _META, "spec": {}}
_VOLUME: Schema = {"ephemeral": {"volumeClaimTemplate": _CLAIM}}
_POD: Schema = {
    "containers": _CONTAINERS,
    "ephemeralContainers": Merged(("name",), _MOUNTED),
    "hostAliases": Merged(("ip",), {}),
    "imagePullSecrets": Merged(("name",), {}),
    "initContainers": _CONTAINERS,
    "topologySpreadConstraints": Merged(("topologyKey", "whenUnsatisfiable"), {}),
    "volumes": Merged(("name",), _VOLUME),
}
_TEMPLATE: Schema = {"metadata": _META, "spec": _POD}
_JOB: Schema = {"template": _TEMPLATE}
_WEBHOOKS: Schema = {"webhooks": Merged(("name",), {})}
_KNOWN: dict[tuple[str, str], Schema] = {
    ("apps/v1", "DaemonSet"): {"spec": {"template": _TEMPLATE}},
    ("apps/v1", "Deployment"): {"spec": {"template": _TEMPLATE}},
    ("apps/v1", "ReplicaSet"): {"spec": {"template": _TEMPLATE}},
    ("apps/v1", "StatefulSet"): {"spec": {"template": _TEMPLATE}},
    ("batch/v1", "CronJob"): {"spec": {"jobTemplate": {"metadata": _META, "spec": _JOB}}},
    ("batch/v1", "Job"): {"spec": _JOB},
    ("batch/v1beta1", "CronJob"): {"spec": {"jobTemplate": {"metadata": _META, "spec": _JOB}}},
    ("v1", "Pod"): {"spec": _POD},
    ("v1", "PodTemplate"): {"template": _TEMPLATE},
    ("v1", "ReplicationController"): {"spec": {"template": _TEMPLATE}},
    ("v1", "Service"): {"spec": {"ports": Merged(("port", "protocol"), {})}},
    ("v1", "ServiceAccount"): {"secrets": Merged(("name",), {})},
    **{
        (f"admissionregistration.k8s.io/{version}", f"{what}WebhookConfiguration"): _WEBHOOKS
        for version in ("v1", "v1beta1")
        for what in ("Mutating", "Validating")
    },
    **{
        (f"storage.k8s.io/{version}", "CSINode"): {"spec": {"drivers": Merged(("name",), {})}}
        for version in ("v1", "v1beta1")
    },
}
_CLUSTER = """
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
apiextensions.k8s.io/v1 CustomResourceDefinition
apiextensions.k8s.io/v1beta1 CustomResourceDefinition
apiregistration.k8s.io/v1 APIService
apiregistration.k8s.io/v1beta1 APIService
certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 CertificateSigningRequest
flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1 IngressClass
networking.k8s.io/v1beta1 IngressClass
node.k8s.io/v1 RuntimeClass
node.k8s.io/v1beta1 RuntimeClass
policy/v1beta1 PodSecurityPolicy
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding
rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding
scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1beta1 PriorityClass
storage.k8s.io/v1 CSIDriver CSINode StorageClass VolumeAttachment
storage.k8s.io/v1beta1 CSIDriver CSINode StorageClass VolumeAttachment
v1 ComponentStatus Namespace Node NodeProxyOptions PersistentVolume
"""
_NAMESPACED = """
apps/v1 ControllerRevision
autoscaling/v1 HorizontalPodAutoscaler
autoscaling/v2beta1 HorizontalPodAutoscaler
autoscaling/v2beta2 HorizontalPodAutoscaler
coordination.k8s.io/v1 Lease
coordination.k8s.io/v1beta1 Lease
discovery.k8s.io/v1 EndpointSlice
discovery.k8s.io/v1beta1 EndpointSlice
events.k8s.io/v1 Event
events.k8s.io/v1beta1 Event
extensions/v1beta1 Ingress
networking.k8s.io/v1 Ingress NetworkPolicy
networking.k8s.io/v1beta1 Ingress
policy/v1 PodDisruptionBudget
policy/v1beta1 PodDisruptionBudget
rbac.authorization.k8s.io/v1 Role RoleBinding
rbac.authorization.k8s.io/v1beta1 Role RoleBinding
storage.k8s.io/v1beta1 CSIStorageCapacity
v1 ConfigMap Endpoints Event LimitRange PersistentVolumeClaim ResourceQuota Secret
"""


def _kinds(table: str) -> frozenset[tuple[str, str]]:
    lines = (line.split() for line in table.split("\n") if line)
    return frozenset((version, kind) for version, *kinds in lines for kind in kinds)


@cache
def _cluster() -> frozenset[tuple[str, str]]:
    return _kinds(_CLUSTER)


@cache
def _schemas() -> dict[tuple[str, str], Schema]:
    # Newer than that API: known to lie in no namespace, and no more.
    newer = {one for one in _cluster() if one[1].startswith("ValidatingAdmissionPolicy")}
    known = {one: dict[str, Any]() for one in (_cluster() - newer) | _kinds(_NAMESPACED)} | _KNOWN
    return {one: {"metadata": _META, **schema} for one, schema in known.items()}


def in_no_namespace(version: str, kind: str) -> bool:
    """Tell whether objects of an apiVersion and kind lie in no namespace, as far as kustomize knows."""
    return (version, kind) in _cluster()


def schema_of(version: str, kind: str) -> Schema | None:
    """Return what is known of an apiVersion and kind; None of what kustomize has no API for."""
    return _schemas().get((version, kind))
