"""A policy says something that the verification does not judge.

What: a policy of a network plugin is one of the Platform's own, and holds nothing but what the evaluation reads. A
    ClusterNetworkPolicy of tier Admin passes networks on and denies others, for a namespace, and nothing else; one of
    Calico's, in the tier `default`, denies before the NetworkPolicies, or allows after them.
Why: a policy that is read in part may open what nobody sees. One that is not read at all is left out of the flows, and
    what it opens beside others is missed. What is denied first so that nobody opens it later is seen in no flow: that a
    policy in another tier, or for some ports, denies less would not be noticed.
Fields: CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy; NetworkPolicy and GlobalNetworkPolicy of projectcalico.org;
    ClusterNetworkPolicy: spec.
Reference: the project's rule: nothing is written that was not verified.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.reach import calico, cluster_policy
from scaffold.reach.intent import judged_by
from scaffold.reach.model import NETWORK_POLICIES
from scaffold.reach.plugins import judge_of, unjudged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each part of a policy that is not judged."""
    own = judged_by(rendered.system)
    for manifest in rendered.objects:
        if cluster_policy.is_policy(manifest.value):
            for part in dict.fromkeys((*unjudged(manifest.value), *_more(manifest.value))):
                yield Finding("error", "network/unjudged-policy", manifest.path, f"not judged: {part}")
        judge = judge_of(manifest.value)
        if judge:
            parts = unjudged(manifest.value) if judge == own else ["the Platform names another plugin"]
            for part in (*parts, *_ordered(manifest.value)):
                yield Finding("error", "network/unjudged-policy", manifest.path, f"not judged: {part}")


def _more(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a policy does besides denying networks before every NetworkPolicy, or instead of it."""
    spec = manifest.get("spec") or {}
    if spec.get("tier") != "Admin":
        yield f"tier {spec.get('tier')}"
    if not cluster_policy.subject_of(manifest):
        yield "a subject that is not one namespace by its name"
    if spec.get("ingress"):
        yield "ingress"
    rules = spec.get("egress") or ()
    actions = [str(rule.get("action")) for rule in rules]
    if actions != ["Pass"] * actions.count("Pass") + ["Deny"] * actions.count("Deny"):
        yield f"{', then '.join(actions)}"
    for rule in rules:
        yield from sorted(rule.keys() - {"action", "name", "to"})
        for peer in rule.get("to") or ():
            yield from (f"to: {key}" for key in sorted({*peer} - {"networks"}))


def _ordered(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a policy of Calico's does that hangs on its order among others."""
    if not calico.is_policy(manifest):
        return
    spec = manifest.get("spec") or {}
    order = spec.get("order", inf)
    if spec.get("tier", "default") != "default":
        yield "another tier than default"
    if not spec.get("types"):
        yield "no types"
    actions = {str(rule.get("action")) for side in ("ingress", "egress") for rule in spec.get(side) or ()}
    if actions - ({"Deny"} if order < NETWORK_POLICIES else {"Allow"}):
        yield f"{', '.join(sorted(actions))} with order {spec.get('order', 'of the last')}"
