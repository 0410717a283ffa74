"""An App has a right that reaches further than its name says.

What: no App enters pods without naming them, and none writes the objects of a controller that may act on them.
Why: who runs a command in any pod holds every token of the namespace. A custom resource may be turned by its controller
    into pods, secrets or open flows; only its documentation says which.
Fields: App spec.permissions: resources, names, verbs, group.
Reference: Kubernetes, RBAC good practices: privilege escalation risks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.permissions import BUILT_IN, ENTERS_PODS, WRITES
from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import Permission
    from scaffold.system.model import System


def check(system: System) -> Iterator[Finding]:
    """Yield a warning for each such right: a decision that somebody has to take."""
    for member in system.members:
        place = f"App {member.app.key}"
        for permission in member.app.spec.permissions:
            entered = sorted(ENTERS_PODS & set(permission.resources))
            if entered and not permission.names:
                reason = f"{', '.join(entered)} in every pod of the namespace, and with it every pod's token"
                yield Finding("warning", "rbac/far-reaching-right", place, reason, "give the pods' names")
            if permission.group not in BUILT_IN and WRITES & set(permission.verbs):
                reason = f"writes {', '.join(permission.resources)} of {permission.group}, which a controller acts on"
                remedy = "make sure that it makes no pods, secrets or flows of them"
                yield Finding("warning", "rbac/far-reaching-right", place, reason, remedy)
            yield from _of_others(permission, member.app.name, place)


def _of_others(permission: Permission, app: str, place: str) -> Iterator[Finding]:
    """Secrets and ConfigMaps of a namespace lie side by side: whose they are, no rule of the API server knows."""
    theirs = [name for name in permission.names if not name.startswith(f"{app}.")]
    if "secrets" in permission.resources and not permission.group and theirs:
        reason = f"reads {', '.join(theirs)}, which this bundle does not make for it"
        remedy = "declare what it needs under spec.secrets instead"
        yield Finding("warning", "rbac/far-reaching-right", place, reason, remedy)
    if "configmaps" in permission.resources and not permission.names and WRITES & set(permission.verbs):
        reason = "writes every ConfigMap of the namespace, and with it what other Apps start with"
        yield Finding("warning", "rbac/far-reaching-right", place, reason, "give the names")
