"""A port is open to all public addresses.

What: no App reaches the whole internet.
Why: NetworkPolicy knows no names. A rule that is meant for one host opens every other one, too, and whatever runs in
    the pod can send to it. Private, cluster and metadata addresses stay shut.
Fields: App spec.to: host with internet.
Reference: NSA/CISA Kubernetes Hardening Guide, network separation; OWASP K8S K07.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.networks import INTERNET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such flow: a risk that remains."""
    for edge in system.edges:
        if edge.target.cidr == INTERNET[0]:
            reason = f"{edge.reason}: open to every public address on port {edge.port}"
            remedy = "give the host's networks as `cidrs` where they are known"
            place = str(edge.places[0]) if edge.places else edge.origin
            yield Finding("warning", "network/open-internet", place, reason, remedy)
