"""A Secret is read that nothing in the bundle makes, or keeps up to date.

What: every secret of an App is fetched from a store, again and again.
Why: what lies in a Secret by hand stays there when it has leaked or run out, and when the cluster is made anew it is
    gone; who may write it decides what the App takes for its own.
Fields: App spec.secrets; Platform spec.secretStores.
Allowed: a store that an operator asks; a Secret that another operator makes and rotates, or that is kept encrypted.
Reference: CIS Kubernetes 5.4.2; OWASP K8S K08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each Secret of each App."""
    for member in system.members:
        for name in sorted({entry.name for entry, _ in member.additions.given_secrets if not entry.kept}):
            reason = f"the Secret {name} is made elsewhere: nothing here rotates it, or brings it back"
            remedy = "a store that keeps it, under spec.secretStores; or see that who makes it rotates it"
            yield Finding("warning", "secrets/given-secret", f"App {member.app.key}", reason, remedy)
