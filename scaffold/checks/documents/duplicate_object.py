"""Two files declare one object.

What: no two objects of the bundle share group, kind, namespace and name.
Why: the one applied last wins silently; kustomize refuses to build.
Fields: apiVersion, kind, metadata.namespace, metadata.name.
Reference: Kubernetes API conventions, object identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each object after the first of its identity."""
    seen: dict[tuple[str, str, str, str], str] = {}
    for manifest in rendered.objects:
        identity = (manifest.group, manifest.kind, manifest.namespace, manifest.name)
        if identity in seen:
            reason = f"{manifest.kind} {manifest.namespace}/{manifest.name} is already in {seen[identity]}"
            remedy = "rename one of the blueprints' objects"
            yield Finding("error", "documents/duplicate-object", manifest.path, reason, remedy)
        seen.setdefault(identity, manifest.path)
