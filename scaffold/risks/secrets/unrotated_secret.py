"""A secret stays as it was when the pod started.

What: no secret of what runs on is a variable, or a single file among those of the image.
Why: both are set when a container starts. When the secret is rotated, since it leaked or ran out, running pods go on
    with the old one, and fail when it is withdrawn. Every child process inherits a variable, and crash reports hold it.
Fields: App spec.secrets[*].singleFile, spec.secrets[*].env.
Allowed: file, which follows; either, in what runs to its end.
Reference: Kubernetes, Secrets and volumes: using subPath; OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.rotation import rotations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each secret that running pods keep."""
    for one in rotations(system):
        if one.is_stale:
            reason = f"the secret {one.secret}, in {one.place}, does not rotate: running pods keep the old one"
            remedy = "restart the pods after each rotation, or let the program read it from a directory: file"
            yield Finding("warning", "secrets/unrotated-secret", f"App {one.app}", reason, remedy)
