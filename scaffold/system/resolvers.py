"""Who resolves names, for what is no App's own policy: requests, and what they are judged by.

An App's policy has them from the blueprint of network policies, which reads the same answers.

May import: answers.platform, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.system.model import Endpoint

if TYPE_CHECKING:
    from scaffold.answers.platform import Dns

# Where what is known by its address listens, and a cache on each node.
NAMES = 53


def resolvers(dns: Dns) -> list[tuple[Endpoint, int]]:
    """Return the ends at which names are resolved, each with its port: pods first, then networks."""
    pods = [(dns.labels, dns.port), *([(dns.cache, NAMES)] if dns.cache else [])]
    return [
        *((Endpoint(dns.namespace, tuple(sorted(labels.items()))), port) for labels, port in pods),
        *((Endpoint(cidr=cidr), NAMES) for cidr in dns.cidrs),
    ]
