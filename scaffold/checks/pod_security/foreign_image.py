"""An image comes from a registry that the Platform does not name.

What: where the Platform names registries, each image of a pod lies below one of them, compared part by part as
    containerd reads names.
Why: what is pulled from elsewhere was scanned and signed by nobody here, and may be gone, or another one, tomorrow.
Fields: containers[*].image; spec.volumes[*].image.reference.
Allowed: below one of the Platform's spec.registries; anything where it names none.
Reference: NSA/CISA Kubernetes Hardening Guide: Building secure container images; OWASP K8S K02; CIS Kubernetes 5.5.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.images import comes_from, repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import PodTemplate, Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each image from elsewhere."""
    registries = rendered.system.platform.spec.registries
    for pod in rendered.pods if registries else ():
        for place, image in _images(pod):
            if not any(comes_from(image, one) for one in registries):
                reason = f"{repository(image)} is in none of {', '.join(registries)}"
                yield Finding("error", "pod-security/foreign-image", place, reason)


def _images(pod: PodTemplate) -> Iterator[tuple[str, str]]:
    for place, container in pod.containers():
        yield f"{place}/image", str(container.get("image", ""))
    for index, volume in enumerate(pod.spec.get("volumes") or ()):
        if volume.get("image"):
            yield pod.place(f"/volumes/{index}/image"), str(volume["image"].get("reference", ""))
