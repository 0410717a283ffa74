"""Names are resolved where a cloud hands out credentials, too.

What: a resolver of the Platform has the address of a metadata service, as Cloud DNS of GKE does.
Why: what answers there gives tokens of the node to whoever asks. NetworkPolicy opens port 53 of it alone, and every
    bundle is judged by that; but policies add up, and one that others add may open the rest.
Fields: Platform spec.dns.cidrs.
Allowed: addresses of resolvers that do nothing else.
Reference: NSA/CISA Kubernetes Hardening Guide: cloud metadata; OWASP K8S K07.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.networks import lies_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System

_METADATA = (
    *("169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32", "192.0.0.192/32"),
    *("fd00:42::42/128", "fd00:100::100:200/128", "fd00:a9fe:a9fe::1/128", "fd00:c1::a9fe:a9fe/128", "fd00:ec2::/32"),
    "fd20:ce::254/128",
)


def check(system: System) -> Iterator[Finding]:
    """Yield a note for each such resolver."""
    for cidr in system.platform.spec.dns.cidrs:
        if any(lies_in(cidr, known) or lies_in(known, cidr) for known in _METADATA):
            reason = (
                f"names are resolved at {cidr}, where a metadata service is, too: port 53 of it is open, nothing else"
            )
            remedy = (
                "Platform spec.dns.cidrs without it, unless pods resolve names there; no other policy that opens it"
            )
            place = f"Platform {system.platform.metadata.name}"
            yield Finding("note", "network/metadata-resolver", place, reason, remedy)
