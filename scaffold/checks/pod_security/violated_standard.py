"""A pod violates the Pod Security Standards.

What: `restricted` admits the pod: at the version that its namespace enforces, and at every one from 1.30 to the latest.
Why: each thing that the standard forbids is a known way from a pod to its node. A pod that only some versions admit
    stops starting when the cluster, or the label of its namespace, changes.
Fields: those of the checks in scaffold/pod_security, and of a Namespace the label
    pod-security.kubernetes.io/enforce-version.
Allowed: what each of these checks says.
Reference: PSS restricted, CIS Kubernetes 5.2.2 to 5.2.12 and 5.7.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.pod_security.evaluate import evaluate, rules, since, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered

_OLDEST = "v1.30"
_LABEL = "pod-security.kubernetes.io/enforce-version"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each thing that the standard forbids."""
    checks = table()
    versions = since(checks, _OLDEST)
    latest = rules(checks, "restricted", versions)
    spaces = [manifest for manifest in rendered.applied if manifest.kind == "Namespace"]
    enforced = {space.name: rules(checks, "restricted", [*versions, _enforced(space)]) for space in spaces}
    for pod in rendered.pods:
        template = {"metadata": {"annotations": pod.annotations}, "spec": pod.spec}
        for found in evaluate(template, enforced.get(pod.manifest.namespace, latest)):
            place = f"{pod.manifest.path}#{pod.pointer.removesuffix('/spec')}{found.place}"
            yield Finding("error", "pod-security/violated-standard", place, f"{found.reason} ({found.check})")


def _enforced(space: Manifest) -> str:
    return str((space.metadata.get("labels") or {}).get(_LABEL, "latest"))
