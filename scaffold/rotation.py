"""What becomes of a new value of a secret: how it comes to the pods, and whether they see it while they run.

A mounted directory follows its Secret. A file that is mounted by itself (by subPath) and a variable are set when a
container starts, and nothing that is rendered could tell: a checksum of a reference does not change with the value.

May import: system.model (types), value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.secret import Secret
    from scaffold.system.model import Member, System

_RESTARTED = {"Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset"}


class Rotation(Value, frozen=True):
    """One secret of one App: where it is read, who brings a new value, and what has to be done then.

    `is_stale` says that pods which run on keep the old one until somebody does it.
    """

    app: str
    secret: str
    place: str
    by: str
    then: str
    is_stale: bool


def rotations(system: System) -> Iterator[Rotation]:
    """Yield what holds for each secret of each App, sorted as they were declared."""
    for member in system.members:
        brought = {entry.secret: entry.by for entry, _ in member.additions.renewals}
        for name, secret in member.app.spec.secrets.items():
            then = _then(member, secret)
            is_stale = secret.file is None and not member.app.spec.workload.ends
            yield Rotation(member.app.key, name, _place(secret), brought.get(name, "nobody said who"), then, is_stale)


def _place(secret: Secret) -> str:
    if secret.env is not None:
        return f"the variable {secret.env}"
    return f"the file {secret.file}" if secret.file is not None else f"the single file {secret.singleFile}"


def _then(member: Member, secret: Secret) -> str:
    app = member.app
    if secret.file is not None:
        return "running pods see it two minutes later at most: the program has to read the file again"
    if app.spec.workload.ends:
        return "runs that begin later have it"
    if app.spec.workload.kind not in _RESTARTED:
        return f"running pods keep the old one: kubectl delete pod {app.name} -n {app.namespace}, and apply it again"
    restart = f"kubectl rollout restart {_RESTARTED[app.spec.workload.kind]}/{app.name} -n {app.namespace}"
    return f"running pods keep the old one: {restart}"
