"""A secret's file stays as it was when the pod started.

What: no secret is mounted as a single file among those of the image.
Why: a subPath is mounted once. When the secret is rotated, since it leaked or ran out, running pods go on with the old
    one, and fail when it is withdrawn.
Fields: App spec.secrets[*].singleFile.
Allowed: file, which is replaced within an hour.
Reference: Kubernetes, volumes: using subPath; OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each secret in a single file."""
    for member in system.members:
        for name, secret in member.app.spec.secrets.items():
            if secret.singleFile is not None:
                reason = f"the secret {name}, in {secret.singleFile}, does not rotate: running pods keep the old one"
                remedy = (
                    "restart the pods after each rotation, or let the program read it from a directory of its own: file"
                )
                yield Finding("warning", "secrets/unrotated-file", f"App {member.app.key}", reason, remedy)
