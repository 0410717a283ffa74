"""Pods that are no App's lie in a namespace that is denied by default.

What: the peers of an App that are addressed by labels live outside the bundle's namespaces.
Why: default-deny selects every pod of the namespace. Pods that no App owns lose DNS and everything else that is not
    asked for, as soon as the bundle is applied.
Fields: App spec.from, spec.to: pods, and app where no file was given.
Reference: Kubernetes, NetworkPolicy: isolation of selected pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a warning for each kind of foreign pods in a namespace of the bundle."""
    spaces = set(rendered.system.namespaces)
    ends = {
        end: edge
        for edge in rendered.system.edges
        for end in (edge.target, edge.source)
        if end.namespace in spaces and not end.app and edge.origin == "declared"
    }
    for end, edge in sorted(ends.items()):
        labels = ",".join(f"{key}={value}" for key, value in end.labels)
        reason = f"{edge.reason}: {labels} is no App given here, and {end.namespace} denies by default"
        remedy = "give its App's file with -f, or apply policies for those pods before this bundle"
        yield Finding("warning", "network/cut-off-pods", str(edge.places[0]), reason, remedy)
