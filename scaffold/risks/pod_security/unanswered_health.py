"""An App did not say how to ask whether it works.

What: spec.health is answered, unless the App runs to its end.
Why: without an answer, a pod is ready as soon as its first port listens, and is never restarted while it hangs.
Fields: App spec.health.
Allowed: ready, and live where hanging is possible.
Reference: Kubernetes, liveness and readiness probes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a note for each App without an answer, on what holds instead."""
    for member in system.members:
        health = member.app.spec.health
        if health.ready is not None or health.live is not None or member.app.spec.workload.ends:
            continue
        listens = any(port.can_be_asked for port in member.app.served.values())
        ready = "when its first TCP port listens" if listens else "as soon as it runs"
        reason = f"no health answer: ready {ready}, never restarted while it hangs"
        # Who listens on nothing is asked by a command of its own.
        answer = "{ready: {http: /readyz}, live: {http: /livez}}" if listens else "{live: {exec: [/app/alive]}}"
        remedy = f"spec.health: {answer}"
        yield Finding("note", "pod-security/unanswered-health", f"App {member.app.key}", reason, remedy)
