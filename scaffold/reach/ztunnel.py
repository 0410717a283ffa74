"""What of a mesh's policies is enforced at a pod without a sidecar, where no waypoint stands before it.

As istiod hands them to ztunnel (pilot/pkg/serviceregistry/ambient/authorization.go of istio/istio): it knows
connections, and nothing of the requests in them.

May import: authorization, peer_authentication.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.reach.peer_authentication import DISABLE, PERMISSIVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.reach.authorization import AuthorizationPolicy, Permission
    from scaffold.reach.model import PortRange


def enforced(policies: Iterable[AuthorizationPolicy]) -> list[AuthorizationPolicy]:
    """Return policies as ztunnel has them: a rule that names what only HTTP has allows nothing, and denies nothing.

    One that denies may deny more than it says there; as nothing is certain, it is taken for none.
    """
    return [
        replace(policy, rules=tuple(rule for rule in policy.rules if not _of_requests(rule)))
        for policy in policies
        if policy.action in {"ALLOW", "DENY"}
    ]


def unenforced(policies: Iterable[AuthorizationPolicy]) -> list[str]:
    """Say which policies ztunnel does not have as they are written."""
    return [
        f"{policy}: what names methods, paths, hosts or tokens needs a waypoint; here nothing looks into connections"
        for policy in policies
        if any(map(_of_requests, policy.rules))
    ]


def _of_requests(rule: Permission) -> bool:
    return rule.http or any(match.field == "remoteIpBlocks" for source in rule.sources for match in source)


def modes(asked: Mapping[str, list[PortRange]]) -> dict[str, list[PortRange]]:
    """Return modes of mutual TLS as ztunnel has them, which never switches it off."""
    made = {mode: list(ports) for mode, ports in asked.items() if mode != DISABLE}
    if DISABLE in asked:
        made[PERMISSIVE] = [*made.get(PERMISSIVE, ()), *asked[DISABLE]]
    return made
