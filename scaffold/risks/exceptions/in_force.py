"""A control does not hold for a container.

What: an exception is declared, and has not expired.
Why: what it leaves open stays open until somebody looks at it again; so each run says it.
Fields: App spec.exceptions.
Reference: NIST SP 800-53 CA-5, plan of action and milestones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each exception."""
    for member in system.members:
        for one in member.relaxed:
            reason = f"{one.control} does not hold for the container {one.container} until {one.until}: {one.reason}"
            remedy = f"approved by {one.approved_by}; from the day after, rendering is refused"
            if one.level != "restricted":
                remedy += f"; its namespace enforces {one.level} for every pod: give the App a namespace of its own"
            yield Finding("warning", "exceptions/in-force", str(one.place), reason, remedy)
