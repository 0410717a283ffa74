"""A sidecar reads secrets of the App.

What: no directory that a sidecar reads holds files of secrets.
Why: who shares a directory may think of its configuration, and hands over its secrets: to somebody else's program,
    which has all the flows of the App to send them by.
Fields: App spec.sidecars[*].mounts, spec.secrets[*].file.
Allowed: directories without secrets, unless the sidecar needs them.
Reference: OWASP K8S K08; NSA/CISA Kubernetes Hardening Guide: Secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a note for each sidecar and directory."""
    for member in system.members:
        files = {name: one.file for name, one in member.app.spec.secrets.items() if one.file is not None}
        for sidecar, declared in member.app.spec.sidecars.items():
            for path in declared.mounts:
                read = [name for name, file in files.items() if file.startswith(f"{path}/")]
                if read:
                    reason = f"the sidecar {sidecar} reads in {path} the secrets {', '.join(read)}"
                    remedy = "if it does not need them, keep them in another directory"
                    yield Finding("note", "secrets/shared-file", f"App {member.app.key}", reason, remedy)
