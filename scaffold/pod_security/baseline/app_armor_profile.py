"""The runtime's AppArmor profile is in force on nodes that have one, unless a pod sets another.

Fields: securityContext.appArmorProfile.type of the pod and of containers[*]; before there was a field, and still:
    metadata.annotations, container.apparmor.security.beta.kubernetes.io/*.
Allowed: RuntimeDefault, Localhost, unset; runtime/default, localhost/*, empty, unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod

_ANNOTATIONS = "container.apparmor.security.beta.kubernetes.io/"
_ALLOWED = ("RuntimeDefault", "Localhost")


def _profiles(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, context in pod.contexts():
        profile = context.app_armor_profile
        if profile is not None and profile.type not in _ALLOWED:
            yield f"{place}/appArmorProfile/type", f"the AppArmor profile is {profile.type}"
    for key, value in pod.annotations.items():
        allowed = value in {"", "runtime/default"} or value.startswith("localhost/")
        if key.startswith(_ANNOTATIONS) and not allowed:
            yield "/metadata/annotations", f"{key} is {value}"


check = Check("appArmorProfile", (("1.0", _profiles),))
