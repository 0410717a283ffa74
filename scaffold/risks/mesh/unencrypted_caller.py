"""A caller has no identity: its port takes plain text.

What: every caller of an App in a mesh is in the mesh, too, and calls over TCP, which is all that a mesh sees.
Why: what a caller outside it sends is not encrypted, and who it is rests on its labels or its address alone.
Fields: App spec.from: pods without account, cidr; spec.ports: protocol.
Reference: NSA/CISA Kubernetes Hardening Guide, network separation; NIST SP 800-204A.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.numbers import numbered
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such caller: a risk that remains."""
    if system.platform.spec.mesh is None:
        return
    for edge in system.edges:
        seen = edge.of_the_node or (edge.source.account and edge.protocol == "TCP")
        if edge.ingress == "opened" and not seen:
            place = str(edge.places[0]) if edge.places else edge.origin
            ports = numbered(edge.port, edge.last)
            reason = f"{edge.reason}: without identity or encryption, on port {ports}"
            remedy = "where the caller is in the mesh, give its ServiceAccount as `account`"
            if edge.until:
                reason += f", until {edge.until}"
            if edge.protocol != "TCP":
                reason += f" over {edge.protocol}, which no mesh sees"
                remedy = "let the App encrypt and authenticate it itself: DTLS, QUIC, SRTP"
            yield Finding("warning", "mesh/unencrypted-caller", place, reason, remedy)
