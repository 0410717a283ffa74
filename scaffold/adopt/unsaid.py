"""What of a workload no App says: because the bundle brings it by itself, or with what to do instead.

May import: draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.adopt.draft import Draft
    from scaffold.errors import Problem

_PATCH = "if it is needed, a patch in the App's kustomization.yaml"

# Of the workload's own object: written by the cluster, or by the bundle for every App.
_WHOLE = (
    ("apiVersion",), ("kind",), ("status",), ("spec", "selector"), ("spec", "revisionHistoryLimit"),
    ("spec", "progressDeadlineSeconds"), ("spec", "minReadySeconds"), ("spec", "serviceName"),
    ("spec", "podManagementPolicy"), ("spec", "persistentVolumeClaimRetentionPolicy"),
    ("spec", "jobTemplate", "metadata"), ("spec", "jobTemplate", "spec", "selector"),
)  # fmt: skip
_POD = (
    "affinity", "automountServiceAccountToken", "enableServiceLinks", "dnsPolicy", "nodeName", "restartPolicy",
    "schedulerName", "preemptionPolicy", "priority", "setHostnameAsFQDN", "topologySpreadConstraints",
)  # fmt: skip
_CONTAINER = ("imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy", "stdin", "tty")
_WHY = {
    "lifecycle": "a pod of an App ends as the bundle says: 5 seconds after it is taken out of its Services",
    "tolerations": "an App says which node pool it needs, by `isolation`, and no taints",
    "nodeSelector": "an App says which node pool it needs, by `isolation`, and no labels of nodes",
    "priorityClassName": "an App says no priority",
    "runtimeClassName": "a node pool of the Platform says it, and an App its `isolation`",
    "hostAliases": "an App resolves names by the cluster's DNS",
    "dnsConfig": "an App resolves names by the cluster's DNS",
    "annotations": "an App says no annotations",
    "strategy": "an App is rolled out pod by pod",
    "updateStrategy": "an App is rolled out pod by pod",
}
# Written by deployment tools and by the bundle itself, not by people for their process.
_NOTED = (
    "kubectl.kubernetes.io/",
    "checksum/",
    "scaffold/",
    "sidecar.istio.io/",
    "cni.projectcalico.org/",
    "eks.amazonaws.com/skip-containers",
)


def unsaid(draft: Draft) -> Iterator[Problem]:
    """Yield what of a workload is left, once everything was read that an App says."""
    whole = draft.whole
    whole["metadata"].take()
    for path in _WHOLE:
        whole.at(*path).take()
    for key in _POD:
        draft.pod[key].take()
    for one in [*draft.pod["initContainers"].items, *draft.pod["containers"].items]:
        for key in _CONTAINER:
            one[key].take()
        one["name"].take()
        hook = one.at("lifecycle", "preStop")
        if hook and set(hook.entries) == {"sleep"}:
            hook.take()
    _template(draft)
    rolled = whole.at("spec", "strategy") or whole.at("spec", "updateStrategy")
    if rolled["type"].text in {"", "RollingUpdate"}:
        rolled.take()
    for part in whole.unread():
        key = str(part.steps[-1])
        part.leave(_WHY.get(key, "an App does not say it"), _PATCH)
    yield from whole.reading.left


def _template(draft: Draft) -> None:
    """Take the labels of the pods, which an App has of its own, and annotations that are no people's."""
    metadata = draft.template["metadata"]
    for key in ("labels", "name", "namespace", "creationTimestamp"):
        metadata[key].take()
    for key, note in metadata["annotations"].entries.items():
        if key.startswith(_NOTED):
            note.take()
