"""An image may change under the same name.

What: an image has a digest, or a tag other than latest, and is pulled anew at each start.
Why: what runs is what was reviewed. Pulling asks the registry whether this pod may have the image at all.
Fields: containers[*].image, .imagePullPolicy.
Allowed: a tag other than latest, or a digest; Always.
Reference: CIS Kubernetes 1.2.11, OWASP K8S K02.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.images import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each image without a fixed name, and each that is not asked for again."""
    for pod in rendered.pods:
        for place, container in pod.containers():
            name, tag, digest = split(str(container.get("image", "")))
            if not digest and tag in {"", "latest"}:
                yield Finding("error", "pod-security/mutable-image", place, f"the image {name} has no fixed tag")
            if container.get("imagePullPolicy") != "Always":
                yield Finding("error", "pod-security/mutable-image", place, "imagePullPolicy is not Always")
