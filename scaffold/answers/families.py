"""Rules on families of addresses: what the Platform's cluster has, nothing is addressed in another one.

May import: schema, platform, networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from scaffold.networks import network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

_NETWORKS = frozenset(("cidr", "cidrs", "clusterNetworks", "healthChecks"))


def check_platform(platform: Platform) -> Iterator[Complaint]:
    """Yield the networks of a Platform that are of no family of its cluster, and families of which it names none."""
    own = platform.spec.ipFamilies
    if len(set(own)) < len(own):
        yield ("spec", "ipFamilies"), "a family is named twice", "[IPv4], [IPv6], or both, the first one first"
    yield from _others(to_builtins(platform.spec), platform, ("spec",))
    known = {family(text) for text in platform.spec.clusterNetworks}
    for name in own:
        # Private networks are never public; of IPv6 those of pods may be.
        if name not in known and (known or name == "IPv6"):
            why = f"of {name} the cluster's own networks are not known: what is open to the internet might open pods"
            yield ("spec", "clusterNetworks"), why, f"name those of pods, Services and nodes: of {' and '.join(own)}"


def check_app(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield the networks of an App that are of no family of its cluster."""
    for side, peers in (("from", app.spec.callers), ("to", app.spec.callees)):
        for index, peer in enumerate(peers):
            # Whom a gateway or a load balancer sees may come to it by an address of another family.
            if getattr(peer, "gateway", None) is None and getattr(peer, "loadBalancer", None) is None:
                yield from _others(to_builtins(peer), platform, ("spec", side, index))


def _others(value: Mapping[str, Any], platform: Platform, at: Path) -> Iterator[Complaint]:
    for key, item in value.items():
        if isinstance(item, dict):
            yield from _others(item, platform, (*at, key))
        elif key in _NETWORKS:
            several = isinstance(item, list)
            for index, text in enumerate(item if several else [item] if item else ()):
                name, own = family(text), platform.spec.ipFamilies
                if name and own and name not in own:
                    where = (*at, key, index) if several else (*at, key)
                    yield (
                        where,
                        f"{text} is {name}, which the cluster does not have",
                        f"spec.ipFamilies: [{', '.join(own)}]",
                    )


def family(text: str) -> str:
    """Return the family of a network, as Kubernetes calls it; nothing where the text names no network."""
    try:
        return f"IPv{network(text).version}"
    except ValueError:
        return ""
