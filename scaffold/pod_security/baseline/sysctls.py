"""A sysctl is a parameter of the kernel; a safe one is the pod's own, and cannot harm another pod.

Fields: spec.securityContext.sysctls[*].name.
Allowed: the names below, more with every version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod

_V1_0 = frozenset(
    (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_syncookies",
    )
)
_V1_27 = _V1_0 | {"net.ipv4.ip_local_reserved_ports"}
_V1_29 = _V1_27 | {
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
}
_V1_32 = _V1_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}
_V1_37 = _V1_32 | {"net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_slow_start_after_idle"}


def _but(allowed: frozenset[str]) -> Rule:
    def rule(pod: Pod) -> Iterator[tuple[str, str]]:
        for index, sysctl in enumerate(pod.context.sysctls or ()):
            if sysctl.name not in allowed:
                yield f"/spec/securityContext/sysctls/{index}/name", f"the sysctl {sysctl.name}"

    return rule


check = Check(
    "sysctls",
    (
        ("1.0", _but(_V1_0)),
        ("1.27", _but(_V1_27)),
        ("1.29", _but(_V1_29)),
        ("1.32", _but(_V1_32)),
        ("1.37", _but(_V1_37)),
    ),
)
