"""Who the processes of an App are, and which hardening the bundle brings by itself; what loosens it is left.

May import: draft, part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffold.adopt.draft import Draft
    from scaffold.adopt.part import Part

# Written as the bundle has it anyway, or tighter than what is left of it.
_BY_ITSELF: dict[str, tuple[object, ...]] = {
    "runAsNonRoot": (True,),
    "allowPrivilegeEscalation": (False,),
    "privileged": (False,),
    "readOnlyRootFilesystem": (True,),
    "procMount": ("Default",),
    "fsGroupChangePolicy": ("OnRootMismatch", "Always"),
    "supplementalGroupsPolicy": ("Strict",),
}
_ROOT = "a process of an App is never root: its pod would not be admitted"
_LOOSE = {
    "privileged": ("a privileged container is the node's root", "what needs that is no App: keep it beside the bundle"),
    "allowPrivilegeEscalation": ("no process gains rights", "exceptions: [{control: no-privilege-escalation, …}]"),
    "readOnlyRootFilesystem": ("what is not named is read-only", "name what it writes: spec.security.writable"),
    "runAsNonRoot": (_ROOT, "build the image for a numeric user, and give it: spec.security.user"),
}
UNSAID_USER = (
    "no user is known that it may run as: it is 10001, whatever its image says",
    "give the id that the image was built for: spec.security.user",
)
_NODE = {
    "hostNetwork": "the node's own network is past every policy",
    "hostPID": "it sees the processes of the node",
    "hostIPC": "it shares the memory of the node's processes",
}


def security(draft: Draft) -> None:
    """Read the ids of an App's processes, and what its pod and containers loosen."""
    pod, own = draft.pod["securityContext"], draft.own["securityContext"]
    user = own["runAsUser"] or pod["runAsUser"]
    group = own["runAsGroup"] or pod["runAsGroup"] or pod["fsGroup"]
    if user.number == 0:
        user.leave(_ROOT, "build the image for a numeric user, and give it: spec.security.user")
    elif user.number is not None:
        draft.put(("security", "user"), user.number, user)
    else:
        draft.note(draft.own, *UNSAID_USER)
    if group.number is not None and group.number != user.number and user.number:
        draft.put(("security", "group"), group.number, group)
    _ids(draft, pod, (user.number, group.number))
    for one in [
        pod,
        *(one["securityContext"] for key in ("initContainers", "containers") for one in draft.pod[key].items),
    ]:
        _ids(draft, one, (user.number, group.number))
        _hardening(one)
    if draft.pod["hostUsers"].value is False:
        draft.put(("security", "userNamespace"), True, draft.pod["hostUsers"])  # noqa: FBT003  a value of the document
    draft.pod["hostUsers"].take()
    for key, why in _NODE.items():
        if draft.pod[key].flag:
            draft.pod[key].leave(why, "what needs that is no App: keep it beside the bundle")


def _ids(draft: Draft, context: Part, own: tuple[int | None, int | None]) -> None:
    """All processes of a pod have the App's ids; a container with others is left."""
    for key, meant in (("runAsUser", own[0]), ("runAsGroup", own[1]), ("fsGroup", own[1])):
        number = context[key].number
        if number is not None and number != meant and context[key].steps[-2:] != ("securityContext", "fsGroup"):
            why = f"{key} {number}: all processes of an App have its ids"
            context[key].leave(why, f"{draft.name} says spec.security.user and group for all of them")
    if context["supplementalGroups"].items:
        context["supplementalGroups"].leave("an App has one group", "give it: spec.security.group")


def _hardening(context: Part) -> None:
    """Take what the bundle says by itself; leave what is looser."""
    for key, fine in _BY_ITSELF.items():
        part = context[key].take()
        if part and part.value not in fine:
            part.leave(*_LOOSE.get(key, ("the bundle says it otherwise", "an App does not choose it")))
    profile = context["seccompProfile"]
    if profile and profile["type"].text not in {"RuntimeDefault", ""}:
        profile.leave("the runtime's own profile holds for every App", "keep the process within it")
    profile.take()
    dropped, added = context.at("capabilities", "drop"), context.at("capabilities", "add")
    dropped.take()
    if added.items:
        added.leave(
            "no process of an App has a capability", "exceptions: [{control: no-capabilities, …}]; ports from 1024"
        )
    for key in ("appArmorProfile", "seLinuxOptions", "windowsOptions", "sysctls"):
        if context[key]:
            context[key].leave("the runtime's own confinement holds for every App", "keep the process within it")
