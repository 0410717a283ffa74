"""Findings that a declared exception allows: these very ones, of the very container.

May import: finding, manifests, system.model (types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.manifests import Rendered


def exempted(findings: Iterable[Finding], rendered: Rendered) -> set[Finding]:
    """Return the findings that no exception allows; an exception that allows nothing is one itself.

    It would say that something is open which is not, or is open in a way that nobody described.
    """
    found = set(findings)
    left = set(found)
    for member in rendered.system.members:
        for one in member.relaxed:
            places = {
                place
                for pod in rendered.pods
                if pod.owner == member.app.key
                for place, container in pod.containers()
                if container.get("name") == one.container
            }
            allowed = {
                finding
                for finding in found
                if any(
                    (finding.check, finding.place) == (check, place + at)
                    for place in places
                    for check, at in one.allows
                )
            }
            if not allowed:
                why = f"the exception from {one.control} relaxes nothing of the container {one.container}"
                left.add(Finding("error", "exceptions/unused", str(one.place), why, "a fault of the blueprint"))
            left -= allowed
    return left
