"""The policies allow something else than the edges.

What: the flows that the rendered policies allow are exactly the system's edges: between its Apps, with pods and
    networks that it names, and with strangers, who get nothing. The requests open exactly what they ask for.
Why: a missing flow breaks the service, an additional one is a way in. Neither is visible by reading one policy.
Fields: every NetworkPolicy, Namespace and pod of the bundle.
Reference: Kubernetes, NetworkPolicy semantics; CIS Kubernetes 5.3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.reach.intent import compare, compare_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered
    from scaffold.reach.evaluate import Flow

_MOST = 20


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each flow that is open but not meant, and each that is meant but shut."""
    asked = [manifest.value for manifest in rendered.manifests if manifest.scope == "request"]
    applied = [manifest.value for manifest in rendered.applied]
    for difference in (*compare(rendered.system, applied), *compare_requests(rendered.system, asked)):
        for flows, reason in (
            (difference.unexpected, f"open by {difference.where}, but nobody declared it"),
            (difference.missing, f"declared, but shut by {difference.where}"),
        ):
            for flow in sorted(flows, key=_spelled)[:_MOST]:
                yield Finding("error", "network/flow-mismatch", _spelled(flow), reason)
            if len(flows) > _MOST:
                yield Finding(
                    "error", "network/flow-mismatch", "the bundle", f"{len(flows) - _MOST} more flows: {reason}"
                )


def _spelled(flow: Flow) -> str:
    source, target, (protocol, first, last) = flow
    ports = "every port" if protocol == "ANY" else f"{protocol} {first}" + (f"-{last}" if last != first else "")
    return f"{source} -> {target} {ports}"
