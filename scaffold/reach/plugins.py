"""The policies besides NetworkPolicies that are judged: a cluster's, and the network plugins' own, each by its rules.

May import: calico, cilium, cluster_policy, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from scaffold.reach import calico, cilium, cluster_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.reach.model import Policy


class Judge(Protocol):
    """How a plugin's policies are read."""

    def is_policy(self, manifest: dict[str, Any], /) -> bool:
        """Tell whether an object is one of them."""

    def policies(self, manifests: Iterable[dict[str, Any]], /) -> list[Policy]:
        """Return those that are judged."""

    def unjudged(self, manifest: dict[str, Any], /) -> Iterator[str]:
        """Yield what one of them says that is not judged."""


JUDGES: Mapping[str, Judge] = {"calico": calico, "cilium": cilium}
"""By what a plugin's blueprint says (`judgedBy`)."""


def judge_of(manifest: dict[str, Any]) -> str:
    """Return by whose rules a plugin's policy is judged; nothing for all else."""
    return next((name for name, judge in JUDGES.items() if judge.is_policy(manifest)), "")


def policies(manifests: Iterable[dict[str, Any]]) -> list[Policy]:
    """Return the policies that are judged: a cluster's, and those of any plugin."""
    objects = list(manifests)
    return [policy for judge in (cluster_policy, *JUDGES.values()) for policy in judge.policies(objects)]


def unplaced(manifests: Iterable[dict[str, Any]]) -> dict[int, list[str]]:
    """Return what is missing among some objects to judge those of them that it is missing for, by their numbers."""
    objects = list(manifests)
    tiers = calico.tiers(objects)
    return {at: parts for at, one in enumerate(objects) if (parts := [*calico.placed(one, tiers)])}


def unjudged(manifest: dict[str, Any]) -> list[str]:
    """Return what an object says that is not judged, if it is such a policy."""
    if cluster_policy.is_policy(manifest):
        return [*cluster_policy.unjudged(manifest)]
    name = judge_of(manifest)
    return [*JUDGES[name].unjudged(manifest)] if name else []
