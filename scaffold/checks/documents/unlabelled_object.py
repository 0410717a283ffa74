"""An object does not say what made it and who owns it.

What: every object carries app.kubernetes.io/managed-by and scaffold/owner.
Why: a reviewer, an alert and a clean-up find their owner by label.
Fields: metadata.labels.
Reference: Kubernetes, recommended labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_REQUIRED = ("app.kubernetes.io/managed-by", "scaffold/owner")


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each object without its labels."""
    for manifest in rendered.objects:
        missing = [key for key in _REQUIRED if key not in (manifest.metadata.get("labels") or {})]
        if missing:
            yield Finding("error", "documents/unlabelled-object", manifest.path, f"without {', '.join(missing)}")
