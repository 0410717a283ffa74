"""Networks (CIDRs): what is canonical, and which ranges no rule may open.

May import: nothing of the project.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Network: TypeAlias = IPv4Network | IPv6Network

# Ranges that an address-based rule must never reach: a node's own loopback and link-local services, the metadata
# services that hand out cloud credentials (169.254.169.254 of most; others of Alibaba, Azure and Oracle; on IPv6 those
# of AWS, Google, Oracle, Alibaba, Scaleway and Akamai), the ways to spell an IPv4 address in IPv6 (mapped, NAT64, 6to4,
# Teredo), and what is no host (this network, multicast, reserved).
NEVER_OPENED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.100.100.200/32",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "192.0.0.192/32",
        "224.0.0.0/3",
        "::/127",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fd00:42::42/128",
        "fd00:100::100:200/128",
        "fd00:a9fe:a9fe::1/128",
        "fd00:c1::a9fe:a9fe/128",
        "fd00:ec2::/32",
        "fd20:ce::254/128",
        "fe80::/10",
        "ff00::/8",
        # As which a mesh's node agent lets the kubelet ask over IPv6, where nothing link-local gets to pods.
        "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128",
    )
)

# The shortest prefixes that still name a network rather than a part of the internet.
SHORTEST = {4: 8, 6: 16}


def excepted_within(network: Network, others: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the ranges strictly inside a network that no rule on it may open: `ipBlock.except` accepts no others.

    Args:
        network: the network of the rule.
        others: networks of the cluster itself (pods, Services, nodes), besides the never-opened ranges.
    """
    return _excepted(network, tuple(others))


@lru_cache(maxsize=4096)
def _excepted(network: Network, others: tuple[str, ...]) -> tuple[str, ...]:
    ranges = {
        range_
        for range_ in (*NEVER_OPENED, *map(ip_network, others))
        if range_ != network and not within(range_, MAPPED)
    }
    inside = [range_ for range_ in ranges if within(range_, network)]
    # What lies inside another exception is excepted with it.
    whole = [one for one in inside if not any(one != other and within(one, other) for other in inside)]
    return tuple(str(one) for one in sorted(whole, key=lambda one: (one.version, int(one.network_address))))


@lru_cache(maxsize=4096)  # the same networks stand in document after document, and in rule after rule
def network(text: str) -> Network:
    """Return the network that a text names, also where the text has bits set beyond the prefix.

    Raises:
        ValueError: it names none.
    """
    return ip_network(text, strict=False)


@lru_cache(maxsize=4096)
def is_never_opened(network: Network) -> bool:
    """Tell whether a network lies wholly in a range that no rule may open."""
    return any(within(network, range_) for range_ in NEVER_OPENED)


def within(inner: Network, outer: Network) -> bool:
    """Tell whether one network lies in (or equals) another."""
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # the same version, as just tested


@lru_cache(maxsize=4096)
def lies_in(inner: str, outer: str) -> bool:
    """Tell whether one text names a network inside that of another; false where either names none."""
    try:
        return within(ip_network(inner), ip_network(outer))
    except ValueError:
        return False


def is_private(network: Network) -> bool:
    """Tell whether a network overlaps the ranges that clusters take their pods' addresses from."""
    return any(within(network, range_) or within(range_, network) for range_ in PRIVATE)


# The API server (1.36) refuses an IPv4-mapped range even as an exception; no packet carries such an address.
MAPPED = ip_network("::ffff:0:0/96")
PRIVATE: tuple[Network, ...] = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)

INTERNET = ("0.0.0.0/0", "::/0")
