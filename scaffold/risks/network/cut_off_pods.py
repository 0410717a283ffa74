"""Pods that are no App's lie in a namespace that is denied by default.

What: pods that Apps call or are called by, or depend on (a resolver, a store's controller), and that no App file
    or index describes, live outside the bundle's namespaces.
Why: default-deny selects every pod of the namespace. Pods that no App owns lose DNS and everything else that is not
    asked for, as soon as the bundle is applied.
Fields: App spec.from, spec.to: pods, and app where no file was given; the Platform's components.
Reference: Kubernetes, NetworkPolicy: isolation of selected pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each kind of foreign pods in a namespace of the bundle."""
    spaces, known = set(system.namespaces), dict(system.known)
    ends = {
        end: edge
        for edge in system.edges
        for end in (edge.target, edge.source)
        if end.namespace in spaces and not end.app and end not in known
    }
    for end, edge in sorted(ends.items()):
        labels = ",".join(f"{key}={value}" for key, value in end.labels)
        reason = f"{edge.reason}: {labels} is no App given here, and {end.namespace} denies by default"
        place = str(edge.places[0]) if edge.places else edge.origin
        remedy = "give its App's file with -f (--known: its index), or apply policies for those pods before this bundle"
        yield Finding("warning", "network/cut-off-pods", place, reason, remedy)
