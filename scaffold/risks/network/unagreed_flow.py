"""A flow waits for another team.

What: a flow between Apps of two teams is declared on both sides, here or in the index of what is rendered elsewhere.
Why: nobody opens another team's door. Until it agrees, the flow is shut, and a file under requests/ asks for it.
Fields: App spec.from, spec.to.
Reference: the project's rule on agreed edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each edge of which one half is withheld."""
    known = dict(system.known)
    for edge in system.edges:
        for end, half, side in ((edge.source, edge.egress, "to"), (edge.target, edge.ingress, "from")):
            if half == "withheld" or (half == "foreign" and end in known and edge.origin == "declared"):
                place = str(edge.places[0]) if edge.places else edge.origin
                reason = f"{edge.reason}: shut until {end.key} agrees"
                remedy = f"its team adds the flow to spec.{side}; see requests/"
                yield Finding("warning", "network/unagreed-flow", place, reason, remedy)
