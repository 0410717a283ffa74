"""How many pods run is not for the declared bounds to say.

What: the workload of an App that follows its load says no number, and exactly one autoscaler names it, with the
    declared bounds and target, measured in the App's own container. Every autoscaler names such a workload.
Why: one that names nobody is no error to the API server, and one pod is left for all the load. A number beside it is
    set again by each apply, in the middle of the rush. Measured over all containers, a sidecar that idles hides how
    busy the App is.
Fields: HorizontalPodAutoscaler spec.scaleTargetRef, .minReplicas, .maxReplicas, .metrics, .behavior; spec.replicas of
    the workload.
Reference: Kubernetes, horizontal pod autoscaling; NSA/CISA Kubernetes Hardening Guide: Availability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.workload import Autoscaling
    from scaffold.manifests import Manifest, PodTemplate, Rendered

_CHECK = "pod-security/unasked-scale"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each autoscaler that nobody declared, and for each declared one that does not hold."""
    declared = {member.app.key: member.app.spec.workload.scale for member in rendered.system.members}
    scaled = {pod.manifest.identity: pod for pod in rendered.pods if declared.get(pod.owner)}
    for target, autoscalers in rendered.autoscalers.items():
        if target not in scaled:
            reason = f"scales {' '.join(target[1:])}, which is no workload that follows its load"
            yield from (Finding("error", _CHECK, manifest.path, reason) for manifest in autoscalers)
    for target, pod in scaled.items():
        scale, autoscalers = declared[pod.owner], rendered.autoscalers.get(target, [])
        if "replicas" in pod.manifest.spec:
            reason = f"replicas: {pod.manifest.spec['replicas']} beside an autoscaler, set again by each apply"
            yield Finding("error", _CHECK, pod.manifest.path, reason, "take it out")
        if len(autoscalers) != 1:
            yield Finding("error", _CHECK, pod.manifest.path, f"{len(autoscalers)} autoscalers, not one")
        for manifest in autoscalers:
            for what in _differences(manifest, pod, scale) if scale else ():
                yield Finding("error", _CHECK, manifest.path, f"{what} not as declared")


def _differences(manifest: Manifest, pod: PodTemplate, scale: Autoscaling) -> Iterator[str]:
    spec, behavior = manifest.spec, manifest.spec.get("behavior") or {}
    container = pod.owner.rpartition("/")[2]
    target = {"type": "Utilization", "averageUtilization": scale.cpu}
    source = {"name": "cpu", "container": container, "target": target}
    compared: dict[str, tuple[Any, Any]] = {
        "the least": (spec.get("minReplicas"), scale.min),
        "the most": (spec.get("maxReplicas"), scale.max),
        "what is measured": (spec.get("metrics"), [{"type": "ContainerResource", "containerResource": source}]),
        "whether it acts": (
            [key for key in ("scaleUp", "scaleDown") if (behavior.get(key) or {}).get("selectPolicy") == "Disabled"],
            [],
        ),
    }
    yield from (what for what, (have, want) in compared.items() if have != want)
