"""A caller has no identity: its port takes plain text.

What: every caller of an App in a mesh is in the mesh, too.
Why: what a caller outside it sends is not encrypted, and who it is rests on its labels or its address alone.
Fields: App spec.from: pods without account, cidr.
Reference: NSA/CISA Kubernetes Hardening Guide, network separation; NIST SP 800-204A.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such caller: a risk that remains."""
    if system.platform.spec.mesh is None:
        return
    for edge in system.edges:
        if edge.ingress == "opened" and not edge.source.account and not edge.of_the_node:
            place = str(edge.places[0]) if edge.places else edge.origin
            reason = f"{edge.reason}: without identity or encryption, on port {edge.port}"
            remedy = "where the caller is in the mesh, give its ServiceAccount as `account`"
            yield Finding("warning", "mesh/unencrypted-caller", place, reason, remedy)
