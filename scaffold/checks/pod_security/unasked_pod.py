"""A pod is not the one that the answers describe.

What: image, ids and user namespace, replicas, time to end, labels and annotations are those of the App's answers and
    of the blueprints that add to them, and names are resolved by the cluster; its ServiceAccount carries no annotation
    that nobody asked for, and pulls images with the Platform's Secret alone.
Why: annotations of a pod choose another proxy, mount the node's disk into it or lead traffic past it; one of a
    ServiceAccount gives it a role in a cloud. None of them shows in the pod's spec. Who answers for names sends
    connections elsewhere, which policies by name then let through.
Fields: spec.replicas; the pod's labels, annotations, containers[*].image, hostUsers, securityContext.runAsUser,
    .runAsGroup, .fsGroup, .supplementalGroups; terminationGracePeriodSeconds, imagePullSecrets, dnsPolicy,
    dnsConfig.nameservers, dnsConfig.searches, hostAliases; ServiceAccount annotations, imagePullSecrets.
Reference: Istio, resource annotations; NSA/CISA Kubernetes Hardening Guide: Pod security; Kubernetes, DNS for Services
    and Pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.labels import pod_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import Security
    from scaffold.manifests import Manifest, PodTemplate, Rendered
    from scaffold.system.model import Member


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each difference."""
    for pod, member in rendered.owned:
        for what in _differences(pod, member):
            yield Finding("error", "pod-security/unasked-pod", pod.place(), f"{what} not as declared")
        for place, key, have in _ids(pod, member.app.spec.security):
            where = f"{place}/securityContext/{key}"
            yield Finding("error", "pod-security/unasked-pod", where, f"{key} {have} was not declared")
    for manifest in rendered.applied:
        if manifest.kind == "ServiceAccount":
            for reason in _account(manifest, rendered):
                yield Finding("error", "pod-security/unasked-pod", manifest.path, reason)


def _ids(pod: PodTemplate, asked: Security) -> Iterator[tuple[str, str, Any]]:
    """Yield each id that is another than was declared: where, which field, and what it says.

    What a container leaves out is the pod's; that one of both says it is for other checks. None is said where the
    cluster assigns them.
    """
    user, group = asked.ids.get("user"), asked.ids.get("group")
    wanted: dict[str, Any] = {"runAsUser": user, "runAsGroup": group, "fsGroup": group, "supplementalGroups": []}
    for place, own in ((pod.place(), pod.spec), *pod.containers()):
        context = own.get("securityContext") or {}
        for key, want in wanted.items():
            if context.get(key, want) != want:
                yield place, key, context[key]


def _account(manifest: Manifest, rendered: Rendered) -> Iterator[str]:
    """Only the account that an App's pods run under pulls images; it, and the one that asks stores, may be somebody."""
    key, secret = f"{manifest.namespace}/{manifest.name}", rendered.system.platform.spec.pullSecret
    member, asker = rendered.members.get(key), rendered.members.get(key.removesuffix(".secrets"))
    asked: dict[str, str] = {}
    if member:
        asked = {entry.key: entry.value for entry, _ in member.additions.account}
    elif asker:
        asked = {entry.key: entry.value for entry, _ in asker.additions.store_annotations}
    have = manifest.metadata.get("annotations") or {}
    other = sorted(key for key in have.keys() | asked.keys() if have.get(key) != asked.get(key))
    if other:
        yield f"annotated: {', '.join(other)}"
    wanted = [{"name": secret}] if member and secret else []
    if (manifest.value.get("imagePullSecrets") or []) != wanted:
        yield f"imagePullSecrets are not {wanted}"


def _differences(pod: PodTemplate, member: Member) -> Iterator[str]:
    app, added = member.app, member.additions
    labels = {**pod_labels(app), **{entry.key: entry.value for entry, _ in added.labels}}
    containers = pod.spec.get("containers") or [{}]
    # Of what follows its load, the autoscaler is judged instead.
    fixed = None if app.spec.workload.scale else app.spec.workload.pods
    compared: dict[str, tuple[Any, Any]] = {
        "labels": (pod.labels, labels),
        "annotations": (pod.annotations, {entry.key: entry.value for entry, _ in added.annotations}),
        "the image": ([one.get("image") for one in containers], [app.spec.image]),
        "Secrets to pull images": (pod.spec.get("imagePullSecrets") or [], []),
        "the time to end": (pod.spec.get("terminationGracePeriodSeconds", 30), app.spec.shutdown),
        "the user namespace": (pod.spec.get("hostUsers"), False if app.spec.security.userNamespace else None),
        "who resolves names": (_resolvers(pod.spec), []),
        "the kind of workload": (pod.manifest.kind, app.spec.workload.kind),
        "replicas": (pod.manifest.spec.get("replicas", fixed) if fixed else None, fixed),
        "the schedule": (
            [pod.manifest.spec.get(key) for key in ("schedule", "suspend")],
            [app.spec.workload.schedule, None],
        ),
    }
    yield from (what for what, (have, want) in compared.items() if have != want)


def _resolvers(spec: dict[str, Any]) -> list[str]:
    """Return the fields by which somebody else than the cluster answers for names; options of the resolver do not."""
    config = spec.get("dnsConfig") or {}
    said = {
        "dnsPolicy": spec.get("dnsPolicy", "ClusterFirst") != "ClusterFirst",
        "dnsConfig.nameservers": config.get("nameservers"),
        "dnsConfig.searches": config.get("searches"),
        "hostAliases": spec.get("hostAliases"),
    }
    return [name for name, other in said.items() if other]
