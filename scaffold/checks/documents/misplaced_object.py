"""An object stands in the folder of somebody who does not own it.

What: what lies under apps/<namespace>/ is namespaced, in that namespace, and never a Namespace; what lies under
    namespaces/<namespace>/ is that Namespace, in it, or a ClusterNetworkPolicy for it alone; what lies under
    on-demand/<namespace>/ is in it.
Why: one owner for each object. A Namespace in a team's base lets the team change its Pod Security level.
Fields: kind, metadata.namespace, metadata.name; of a ClusterNetworkPolicy spec.subject.
Reference: DESIGN, one owner per object; PSA: labels on namespaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.reach.cluster_policy import is_policy, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each object that its folder's owner does not own."""
    for manifest in rendered.objects:
        owner, _, rest = manifest.path.partition("/")
        space = rest.partition("/")[0]
        inside = manifest.namespace == space and manifest.kind != "Namespace"
        is_itself = owner == "namespaces" and manifest.kind == "Namespace" and manifest.name == space
        is_about_it = owner == "namespaces" and is_policy(manifest.value) and subject_of(manifest.value) == space
        if owner in {"apps", "namespaces", "on-demand"} and not (inside or is_itself or is_about_it):
            reason = f"{manifest.kind} {manifest.namespace}/{manifest.name} does not belong to {owner}/{space}"
            yield Finding(
                "error", "documents/misplaced-object", manifest.path, reason, "give the blueprint the right scope"
            )
