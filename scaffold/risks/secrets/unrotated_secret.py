"""A secret stays as it was when the pod started.

What: no secret of what runs on is a variable, or a single file among those of the image.
Why: both are set when a container starts. When the secret is rotated, since it leaked or ran out, running pods go on
    with the old one, and fail when it is withdrawn. Every child process inherits a variable, and crash reports hold it.
Fields: App spec.secrets[*].singleFile, spec.secrets[*].env.
Allowed: file, which follows; either, in what runs to its end.
Reference: Kubernetes, Secrets and volumes: using subPath; OWASP K8S K08.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.rotation import rotations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each App whose running pods keep some of its secrets; SECURITY.md lists each."""
    remedy = "restart the pods after each rotation, or let the program read it from a directory: file"
    for app, several in groupby((one for one in rotations(system) if one.is_stale), attrgetter("app")):
        kept = ", ".join(f"{one.secret} (in {one.place})" for one in several)
        reason = f"running pods keep the old one when a secret is rotated: {kept}"
        yield Finding("warning", "secrets/unrotated-secret", f"App {app}", reason, remedy)
