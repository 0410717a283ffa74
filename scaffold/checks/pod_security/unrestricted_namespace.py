"""A namespace admits pods that are not restricted.

What: the labels of Pod Security admission enforce, audit and warn at restricted; what is enforced is pinned to a
    version.
Why: the manifests are restricted; the namespace makes sure that the next one is, too.
Fields: Namespace metadata.labels pod-security.kubernetes.io/*.
Allowed: restricted, with enforce-version v1.N; enforce is baseline exactly where a declared exception needs that.
Reference: Pod Security Admission, CIS Kubernetes 5.2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_LABEL = "pod-security.kubernetes.io/"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each namespace below restricted, and for each App namespace that is not in the bundle."""
    levels = {space.name: space.level for space in rendered.system.spaces}
    found = {m.name: m for m in rendered.applied if m.kind == "Namespace"}
    for name in rendered.system.namespaces:
        if name not in found:
            yield Finding(
                "error",
                "pod-security/unrestricted-namespace",
                f"namespaces/{name}",
                "the Namespace is not in the bundle",
            )
    for manifest in found.values():
        labels = manifest.metadata.get("labels") or {}
        for mode, level in (("enforce", levels.get(manifest.name)), ("audit", None), ("warn", None)):
            if labels.get(_LABEL + mode) != (level or "restricted"):
                reason = f"{mode} is {labels.get(_LABEL + mode)}"
                yield Finding("error", "pod-security/unrestricted-namespace", manifest.path, reason)
        if not str(labels.get(f"{_LABEL}enforce-version", "")).startswith("v1."):
            yield Finding(
                "error", "pod-security/unrestricted-namespace", manifest.path, "enforce-version is not pinned"
            )
