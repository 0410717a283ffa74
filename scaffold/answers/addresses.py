"""Rules on networks in answers: canonical, no large part of the internet, and none that no rule may open.

May import: walker (spelling of values), networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.walker import shown
from scaffold.networks import MAPPED, SHORTEST, is_never_opened, network, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


def check_block(text: str, at: Path) -> Iterator[Complaint]:
    """Yield what is wrong with a network, whatever lies in it."""
    try:
        block = network(text)
    except ValueError:
        yield at, f"{shown(text)} is not a network", "for example 10.20.0.0/16 or fd12:3456::/32"
        return
    if within(block, MAPPED):
        yield (
            at,
            f"{shown(text)} is an IPv4 network in disguise: Kubernetes refuses it from 1.36",
            "write the IPv4 network",
        )
    elif block.prefixlen < SHORTEST[block.version]:
        # A caller is known by its network; what is called may be anywhere.
        anywhere = "; for any public address, a host with internet: true" if at[:2] == ("spec", "to") else ""
        yield at, f"{shown(text)} is a large part of the internet", f"name the networks that are meant{anywhere}"
    elif str(block) != text:
        yield at, f"{shown(text)} is not canonical: Kubernetes refuses it from 1.36", f"write {block}"


def check(text: str, at: Path) -> Iterator[Complaint]:
    """Yield what is wrong with a network that a rule opens."""
    try:
        never = is_never_opened(network(text))
    except ValueError:
        never = False
    if never:
        why = f"{text} is loopback, link-local, no host, or a cloud's metadata service, which hands out credentials"
        yield at, why, "remove it; no rule may open these addresses"
    else:
        yield from check_block(text, at)
