"""An App is one Pod by itself.

What: nothing makes the App's pod again.
Why: a Pod that is evicted, deleted or on a node that fails is gone, and so is a service that was its only one. Of a
    Pod that runs the API server lets nearly nothing be changed but its images: with any other change an apply fails.
Fields: App spec.workload.kind.
Allowed: any other kind.
Reference: Kubernetes, configuration good practices: do not use naked Pods; Pod update and replacement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each App that is one Pod by itself."""
    for member in system.members:
        if member.app.spec.workload.kind == "Pod":
            reason = "one Pod by itself: nothing makes it again, and all but its images changes by deleting it first"
            remedy = "spec.workload: {kind: Deployment, replicas: 1}, or Job where it runs to an end"
            yield Finding("warning", "pod-security/lone-pod", f"App {member.app.key}", reason, remedy)
