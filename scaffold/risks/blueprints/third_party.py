"""A blueprint of a third party is in force.

What: what is rendered, and which flows are opened, is decided by blueprints that come with the program.
Why: what others add is verified as the rest is, and evaluated where it can reach nothing; but whether a flow that it
    opens, or an object that it renders, is a good idea, nobody has looked at but you.
Fields: --blueprints.
Reference: NIST SP 800-218 PS.3, PW.4; SLSA, dependencies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System

_MOST = 5


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such blueprint, with the flows that are open because of it."""
    found = {one.blueprint.id: one.blueprint for one in system.selections if one.blueprint.source}
    for blueprint in found.values():
        flows = sorted({edge.reason for edge in system.edges if edge.origin == blueprint.id})
        more = [f"{len(flows) - _MOST} more"] if len(flows) > _MOST else []
        opened = f", and opens flows: {'; '.join([*flows[:_MOST], *more])}" if flows else ""
        reason = f"{blueprint.id} decides what is rendered{opened}; it comes from {blueprint.source}"
        remedy = "read it and what it renders; of a repository, name the commit that was read: SOURCE@COMMIT"
        yield Finding("warning", "blueprints/third-party", f"blueprint {blueprint.id}", reason, remedy)
