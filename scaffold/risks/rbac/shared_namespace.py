"""Teams that share a namespace look at each other's Apps.

What: where the Platform says who the people of teams are, no namespace holds Apps of more than one team.
Why: RBAC cannot list by label: who reads pods and logs reads all of the namespace's, and who is let into pods in an
    incident is let into every team's.
Fields: App metadata.namespace, spec.team; Platform spec.teams.
Reference: Kubernetes, Multi-tenancy: namespaces; CIS Kubernetes 5.7.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each namespace with several teams."""
    if not system.platform.spec.teams:
        return
    for namespace in system.namespaces:
        teams = sorted({member.app.team for member in system.members if member.app.namespace == namespace})
        if len(teams) > 1:
            reason = f"{', '.join(teams)} share {namespace}: each reads, and in an incident enters, the others' pods"
            yield Finding(
                "warning", "rbac/shared-namespace", f"Namespace {namespace}", reason, "one team, one namespace"
            )
