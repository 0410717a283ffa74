"""A workload belongs to no App.

What: each workload of the bundle is an App's own: its name and namespace are the App's, and so is its selector label.
Why: nobody declared its flows, so nothing says which are right.
Fields: kind, metadata.name, metadata.namespace, pod labels.
Reference: the project's rule that every control is derived from one declared graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.labels import selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each workload that no App declared, and for each App without one."""
    found: dict[str, str] = {}
    for pod in rendered.pods:
        key = pod.owner
        member = rendered.members.get(key)
        if member is None or not selector(member.app.name).items() <= pod.labels.items() or key in found:
            reason = f"{pod.manifest.kind} {key} is no App's one workload"
            yield Finding("error", "network/unowned-workload", pod.manifest.path, reason, "declare it as an App")
        found[key] = pod.manifest.path
    for key in sorted(set(rendered.members) - set(found)):
        yield Finding("error", "network/unowned-workload", f"App {key}", "the App has no workload in the bundle")
