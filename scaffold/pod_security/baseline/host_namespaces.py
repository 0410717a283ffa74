"""A pod in its node's namespaces sees the node's processes, their memory or their network.

Fields: spec.hostNetwork, .hostPID, .hostIPC.
Allowed: false, unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod


def _host_namespaces(pod: Pod) -> Iterator[tuple[str, str]]:
    spec = pod.spec
    shared = {"hostNetwork": spec.host_network, "hostPID": spec.host_pid, "hostIPC": spec.host_ipc}
    yield from ((f"/spec/{name}", f"{name} is true") for name, value in shared.items() if value)


check = Check("hostNamespaces", (("1.0", _host_namespaces),))
