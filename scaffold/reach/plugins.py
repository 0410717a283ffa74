"""The network plugins whose own policies are judged, each by its own rules.

May import: calico, cilium, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from scaffold.reach import calico, cilium

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
    """Return the policies of any plugin that are judged."""
    objects = list(manifests)
    return [policy for judge in JUDGES.values() for policy in judge.policies(objects)]


def is_unjudged(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is a plugin's policy that says what is not judged."""
    name = judge_of(manifest)
    return bool(name) and any(JUDGES[name].unjudged(manifest))
