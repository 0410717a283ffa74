"""An App is asked the same for readiness and for liveness.

What: spec.health.ready and spec.health.live ask different paths, ports, commands or kinds of probe.
Why: readiness says "not now", liveness says "start me again". If a dependency of the one answer is away, every replica
    is killed over and over, when it should only wait.
Fields: App spec.health.
Allowed: another path, port or command, or another kind of probe.
Reference: Kubernetes, liveness and readiness probes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App, Probe
    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each App with one answer for both."""
    for member in system.members:
        ready, live = member.app.spec.health.ready, member.app.spec.health.live
        if ready is not None and live is not None and _asked(ready, member.app) == _asked(live, member.app):
            reason = "readiness and liveness ask the same: what should only wait is killed"
            remedy = "let live ask only whether the process itself hangs, for example {http: /livez}"
            yield Finding("warning", "pod-security/same-health", f"App {member.app.key}", reason, remedy)


def _asked(probe: Probe, app: App) -> tuple[Any, ...]:
    """Return what a probe asks, with the port that it asks by default."""
    first = next((name for name, port in app.served.items() if port.can_be_asked), None)
    return probe.http, probe.tcp, probe.grpc, probe.exec, probe.port or (first if probe.http else None)
