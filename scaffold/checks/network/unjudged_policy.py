"""A policy says something that the verification does not judge.

What: a policy of a network plugin is one of the Platform's own, and holds nothing but what the evaluation reads.
Why: a policy that is read in part may open what nobody sees. One that is not read at all is left out of the flows, and
    what it opens beside others is missed.
Fields: CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy; NetworkPolicy and GlobalNetworkPolicy of projectcalico.org;
    ClusterNetworkPolicy: spec.
Reference: the project's rule: nothing is written that was not verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.reach import cluster_policy
from scaffold.reach.intent import judged_by
from scaffold.reach.plugins import JUDGES, judge_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each part of a policy that is not judged."""
    own = judged_by(rendered.system)
    for manifest in rendered.objects:
        if cluster_policy.is_policy(manifest.value):
            for part in cluster_policy.unjudged(manifest.value):
                yield Finding("error", "network/unjudged-policy", manifest.path, f"not judged: {part}")
        judge = judge_of(manifest.value)
        if judge:
            parts = JUDGES[judge].unjudged(manifest.value) if judge == own else ("the Platform names another plugin",)
            for part in parts:
                yield Finding("error", "network/unjudged-policy", manifest.path, f"not judged: {part}")
