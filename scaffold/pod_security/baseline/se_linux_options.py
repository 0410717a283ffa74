"""SELinux separates containers from the node by their type; user and role are nobody's to choose.

Fields: securityContext.seLinuxOptions.type, .user, .role, of the pod and of containers[*].
Allowed: the types below, and unset; unset; unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod

_V1_0 = frozenset(("container_t", "container_init_t", "container_kvm_t"))
_V1_31 = _V1_0 | {"container_engine_t"}


def _of_types(allowed: frozenset[str]) -> Rule:
    def rule(pod: Pod) -> Iterator[tuple[str, str]]:
        for place, context in pod.contexts():
            options = context.se_linux_options
            if options is None:
                continue
            if options.type and options.type not in allowed:
                yield f"{place}/seLinuxOptions/type", f"the SELinux type is {options.type}"
            for name, value in (("user", options.user), ("role", options.role)):
                if value:
                    yield f"{place}/seLinuxOptions/{name}", f"the SELinux {name} is {value}"

    return rule


check = Check("seLinuxOptions", (("1.0", _of_types(_V1_0)), ("1.31", _of_types(_V1_31))))
