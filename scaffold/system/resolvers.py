"""Who resolves names, for what is no App's own policy: requests, and what they are judged by.

An App's policy has them from the blueprint of network policies, which reads the same answers.

Where a network plugin enforces names, what resolves them and what is reached by name is its own policy's to open: a
plain rule beside it would take away what it says of names.

May import: answers.platform, labels, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.platform import opens_names
from scaffold.labels import means, selector
from scaffold.system.model import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from scaffold.answers.platform import Dns
    from scaffold.system.model import Edge, Labels, System

# Where what is known by its address listens, and a cache on each node.
NAMES = 53


def resolvers(dns: Dns) -> list[tuple[Endpoint, int]]:
    """Return the ends at which names are resolved, each with its port: pods first, then networks."""
    pods = [(dns.labels, dns.port), *([(dns.cache, NAMES)] if dns.cache else [])]
    return [
        *((Endpoint(dns.namespace, tuple(sorted(labels.items()))), port) for labels, port in pods),
        *((Endpoint(cidr=cidr), NAMES) for cidr in dns.cidrs),
    ]


def of_names(system: System) -> Callable[[Edge], bool]:
    """Return what tells whether the egress of an edge is not for NetworkPolicy to open.

    As it resolves names, or is known to the plugin alone: by its name, or as an entity.
    """
    if not opens_names(system.platform.spec):
        return lambda edge: bool(edge.target.entities)
    found = {(end.namespace, _labels(end, system), end.cidr, port) for end, port in resolvers(system.platform.spec.dns)}

    def is_of_names(edge: Edge) -> bool:
        target = edge.target
        # The plugin's own policies are for Apps' pods: what a gateway for egress resolves, NetworkPolicy opens.
        resolved = (target.namespace, target.labels, target.cidr, edge.port) in found
        return bool(target.host or target.entities or (edge.source.app and resolved))

    return is_of_names


def _labels(end: Endpoint, system: System) -> Labels:
    """Return the labels of pods that resolve names, those of an App's pods as edges have them."""
    for member in system.members if end.labels else ():
        if member.app.namespace == end.namespace and means(dict(end.labels), member.app):
            return tuple(selector(member.app.name).items())
    return end.labels
