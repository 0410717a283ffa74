"""A load balancer is the only door between an App and the outside.

What: load balancers pass on connections from named networks, and pods see whose they are.
Why: where the source is not preserved, a pod sees the balancer or a node: no policy tells callers apart, and one that
    reaches the balancer's network by another way is let in, too. Where anybody may call, nothing but the App keeps
    anybody out. Either way a balancer does not look into connections: TLS, and who calls, are the App's to ask for.
Fields: App spec.from: loadBalancer, cidrs, internet; Platform spec.loadBalancers: source.
Allowed: callers by `cidrs` through a balancer that preserves the source.
Reference: Kubernetes, external traffic policy; NSA/CISA Kubernetes Hardening Guide: Network separation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such entry."""
    for member in system.members:
        for caller in member.app.spec.callers:
            if caller.loadBalancer is None:
                continue
            known = system.platform.spec.loadBalancers[caller.loadBalancer]
            through = f"port {caller.port} through the load balancer {caller.loadBalancer}"
            place = f"App {member.app.key}"
            if caller.internet:
                reason = f"{through}: open to every public address"
                yield Finding("warning", "network/open-balancer", place, reason, "name the callers' networks: `cidrs`")
            if known.source == "unpreserved":
                reason = f"{through}: policies see {', '.join(known.cidrs)}, not who calls; the Service alone does"
                remedy = "a balancer that preserves the source; else let the App ask who calls (TLS, a token)"
                yield Finding("warning", "network/open-balancer", place, reason, remedy)
