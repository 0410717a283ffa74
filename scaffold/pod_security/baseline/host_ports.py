"""A host port is open on the node, whatever network policies say.

Fields: containers[*].ports[*].hostPort.
Allowed: 0, unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Pod


def _host_ports(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, container in pod.containers():
        for index, port in enumerate(container.ports or ()):
            if port.host_port:
                yield f"{place}/ports/{index}/hostPort", f"the host port {port.host_port}"


check = Check("hostPorts", (("1.0", _host_ports),))
