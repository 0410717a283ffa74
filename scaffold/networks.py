"""Networks (CIDRs): what is canonical, and which ranges no rule may open.

May import: nothing of the project.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

# Ranges that an address-based rule must never reach: a node's own loopback and link-local services, and the metadata
# services that hand out cloud credentials (169.254.169.254 of AWS, GCP and OpenStack; AWS on IPv6; Alibaba; Azure).
NEVER_OPENED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "100.100.100.200/32",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "::1/128",
        "fd00:ec2::/32",
        "fe80::/10",
    )
)

# The shortest prefixes that still name a network rather than a part of the internet: 10.0.0.0/8, fc00::/7's halves.
SHORTEST = {4: 8, 6: 8}


def excepted_within(network: Network) -> list[str]:
    """Return the never-opened ranges strictly inside a network: `ipBlock.except` accepts no others."""
    return [str(range_) for range_ in NEVER_OPENED if range_ != network and _within(range_, network)]


def is_never_opened(network: Network) -> bool:
    """Tell whether a network lies wholly in a range that no rule may open."""
    return any(_within(network, range_) for range_ in NEVER_OPENED)


def _within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # the same version, as just tested
