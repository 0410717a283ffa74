"""A port is open to all public addresses.

What: no App reaches the whole internet. (A gateway for egress does, and passes on what is sent to declared hosts.)
Why: NetworkPolicy knows no names. A rule that is meant for one host opens every other one, too, and whatever runs in
    the pod can send to it. Private, cluster and metadata addresses stay shut.
Fields: App spec.to: host with internet.
Reference: NSA/CISA Kubernetes Hardening Guide, network separation; OWASP K8S K07.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from scaffold.answers.numbers import numbered
from scaffold.finding import Finding
from scaffold.networks import INTERNET, is_private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such flow: a risk that remains."""
    yield from _by_parts(system)
    for edge in system.edges:
        if edge.target.cidr == INTERNET[0] and edge.source.app:
            reason = f"{edge.reason}: open to every public address on port {numbered(edge.port, edge.last)}"
            remedy = "give the host's networks as `cidrs` where they are known"
            place = str(edge.places[0]) if edge.places else edge.origin
            yield Finding("warning", "network/open-internet", place, reason, remedy)


# A sixteenth of all IPv4 addresses, on one port of one App: no list of somebody's networks.
_LARGE = 1 << 28


def _by_parts(system: System) -> Iterator[Finding]:
    """Yield a warning for each App that opens as good as the internet, network by network."""
    sums: dict[tuple[str, str], int] = {}
    for edge in system.edges:
        if edge.target.cidr and edge.target.cidr not in INTERNET and edge.source.app:
            network = ip_network(edge.target.cidr)
            if network.version == 4 and not is_private(network):  # noqa: PLR2004  the version of the protocol
                key = (edge.source.app, numbered(edge.port, edge.last))
                sums[key] = sums.get(key, 0) + network.num_addresses
    for (app, port), addresses in sorted(sums.items()):
        if addresses >= _LARGE:
            reason = f"its networks are {addresses:,} public addresses on port {port}: as good as the internet"
            yield Finding("warning", "network/open-internet", f"App {app}", reason, "name the networks that are meant")
