"""What a team's own kustomization decides by itself: which version of an image runs, how often, and how it ends.

Pipelines set digests there, and Kustomize has fields for images and replicas. Everything else that an App runs with is
what its answers say, and a difference is a finding.

May import: images, manifests, system.model, answers (types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.images import repository
from scaffold.manifests import Rendered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.answers.schema import App
    from scaffold.manifests import Manifest, PodTemplate
    from scaffold.system.model import System


def decided(system: System, applied: Iterable[Manifest]) -> System:
    """Return a system with what the objects that would be applied decide."""
    pods = {pod.owner: pod for pod in Rendered(system, tuple(applied)).pods}
    members = tuple(
        replace(member, app=_app(member.app, pods[member.app.key])) if member.app.key in pods else member
        for member in system.members
    )
    return replace(system, members=members)


def _app(app: App, pod: PodTemplate) -> App:
    spec = app.spec
    built = {str(container.get("name")): container for _, container in pod.containers()}
    replicas = pod.manifest.spec.get("replicas")
    workload = spec.workload
    if (
        isinstance(replicas, int)
        and not isinstance(replicas, bool)
        and not workload.scale
        and "replicas" in workload.FIELDS_OF[workload.kind]
    ):
        workload = replace(workload, replicas=replicas)
    shutdown = pod.spec.get("terminationGracePeriodSeconds")
    return replace(
        app,
        spec=replace(
            spec,
            image=_version(spec.image, built.get(app.name)),
            sidecars={
                name: replace(one, image=_version(one.image, built.get(name))) for name, one in spec.sidecars.items()
            },
            init={
                name: replace(one, image=_version(one.image, built.get(name))) if one.image else one
                for name, one in spec.init.items()
            },
            workload=workload,
            shutdown=shutdown if isinstance(shutdown, int) else spec.shutdown,
        ),
    )


def _version(declared: str, container: Mapping[str, Any] | None) -> str:
    """Return the image that a container runs, if it is another version of the declared one; else that."""
    runs = (container or {}).get("image")
    return runs if isinstance(runs, str) and repository(runs) == repository(declared) else declared
