"""What of a workload no App says: because the bundle brings it by itself, or with what to do instead.

May import: draft, part (types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.adopt.draft import Draft
    from scaffold.adopt.part import Part
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
    "automountServiceAccountToken", "enableServiceLinks", "restartPolicy",
    "schedulerName", "serviceAccount", "preemptionPolicy", "priority", "setHostnameAsFQDN", "topologySpreadConstraints",
)  # fmt: skip
_CONTAINER = ("imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy", "stdin", "tty")
_WHY = {
    "lifecycle": "a pod of an App ends as the bundle says: 5 seconds after it is taken out of its Services",
    "tolerations": "an App says which node pool it needs, by `isolation`, and no taints",
    "nodeSelector": "an App says which node pool it needs, by `isolation`, and no labels of nodes",
    "priorityClassName": "an App says no priority",
    "runtimeClassName": "a node pool of the Platform says it, and an App its `isolation`",
    "hostAliases": "an App resolves names by the cluster's DNS",
    "affinity": "an App says which node pool it needs, by `isolation`; its pods are spread over nodes and zones",
    "dnsPolicy": "an App resolves names by the cluster's DNS",
    "dnsConfig": "an App resolves names by the cluster's DNS",
    "annotations": "an App says no annotations",
    "strategy": "an App is rolled out pod by pod",
    "updateStrategy": "an App is rolled out pod by pod",
}
# As the API server defaults them, which asks for nothing.
_DEFAULTS: dict[tuple[str, ...], object] = {
    (*job, key): value
    for job in (("spec",), ("spec", "jobTemplate", "spec"))
    for key, value in (("completionMode", "NonIndexed"), ("suspend", False), ("manualSelector", False))
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
    for at, value in _DEFAULTS.items():
        if whole.at(*at).value == value:
            whole.at(*at).take()
    _pod(draft.pod)
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


def _pod(pod: Part) -> None:
    """Take what the bundle says of every pod by itself, and what asks for nothing."""
    affinity = pod["affinity"]
    if affinity and set(affinity.entries) <= {"podAntiAffinity"}:
        affinity.take()  # the bundle spreads pods, too
    if pod["dnsPolicy"].value == "ClusterFirst":
        pod["dnsPolicy"].take()
    for key in _POD:
        pod[key].take()


def _template(draft: Draft) -> None:
    """Take the labels of the pods, which an App has of its own, and annotations that are no people's."""
    metadata = draft.template["metadata"]
    for key in ("labels", "name", "namespace", "creationTimestamp"):
        metadata[key].take()
    if draft.labels and not any(key.startswith("app.kubernetes.io/") for key in draft.labels):
        why = "its pods have other labels now: app.kubernetes.io/name, and none of their old ones"
        draft.note(metadata["labels"], why, "let what selects them (monitors, policies of others) select by that")
    for key, note in metadata["annotations"].entries.items():
        if key.startswith(_NOTED):
            note.take()
