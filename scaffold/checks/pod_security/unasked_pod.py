"""A pod is not the one that the answers describe.

What: image, user and user namespace, replicas, labels and annotations are those of the App's answers and of the
    blueprints that add to them; its ServiceAccount carries no annotation that nobody asked for.
Why: annotations of a pod choose another proxy, mount the node's disk into it or lead traffic past it; one of a
    ServiceAccount gives it a role in a cloud. None of them shows in the pod's spec.
Fields: spec.replicas; the pod's labels, annotations, containers[*].image, securityContext.runAsUser, hostUsers;
    ServiceAccount annotations.
Reference: Istio, resource annotations; NSA/CISA Kubernetes Hardening Guide: Pod security.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.labels import pod_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import PodTemplate, Rendered
    from scaffold.system.model import Member


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each difference."""
    members = {member.app.key: member for member in rendered.system.members}
    for pod in rendered.pods:
        member = members.get(pod.owner)
        if member is not None:
            for what in _differences(pod, member):
                yield Finding("error", "pod-security/unasked-pod", pod.place(), f"{what} not as declared")
    for manifest in rendered.applied:
        if manifest.kind == "ServiceAccount" and manifest.metadata.get("annotations"):
            reason = f"annotated: {', '.join(manifest.metadata['annotations'])}"
            yield Finding("error", "pod-security/unasked-pod", manifest.path, reason)


def _differences(pod: PodTemplate, member: Member) -> Iterator[str]:
    app, added = member.app, member.additions
    labels = {**pod_labels(app), **{entry.key: entry.value for entry, _ in added.labels}}
    containers = pod.spec.get("containers") or [{}]
    users = {
        (one.get("securityContext") or {}).get("runAsUser", app.spec.security.user) for one in (pod.spec, *containers)
    }
    # Of what follows its load, the autoscaler is judged instead.
    fixed = None if app.spec.workload.scale else app.spec.workload.pods
    compared: dict[str, tuple[Any, Any]] = {
        "labels": (pod.labels, labels),
        "annotations": (pod.annotations, {entry.key: entry.value for entry, _ in added.annotations}),
        "the image": ([one.get("image") for one in containers], [app.spec.image]),
        "the user": (users, {app.spec.security.user}),
        "the user namespace": (pod.spec.get("hostUsers"), False if app.spec.security.userNamespace else None),
        "the kind of workload": (pod.manifest.kind, app.spec.workload.kind),
        "replicas": (pod.manifest.spec.get("replicas", fixed) if fixed else None, fixed),
        "the schedule": (
            [pod.manifest.spec.get(key) for key in ("schedule", "suspend")],
            [app.spec.workload.schedule, None],
        ),
    }
    yield from (what for what, (have, want) in compared.items() if have != want)
