"""A port takes plain text without a caller that needs it, or the other way round.

What: mutual TLS is strict everywhere but on the ports that a caller outside the mesh was declared for.
Why: where plain text is taken, a caller without any identity gets as far as the rules; where it is refused, a caller
    without a sidecar cannot connect at all.
Fields: PeerAuthentication spec.mtls and spec.portLevelMtls, of the namespace and of the App.
Reference: Istio, PeerAuthentication; NIST SP 800-204A.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each App with such ports."""
    for found in rendered.judgements:
        if found.plaintext:
            ports = ", ".join(map(str, sorted(found.plaintext)))
            reason = f"plain text is taken or refused against what was declared, at port {ports}"
            yield Finding("error", "mesh/plaintext-port", str(found.pod), reason)
