"""The kubelet connects to whatever host a probe or hook names, from the node: past the policies of the pod.

Fields: containers[*].livenessProbe, .readinessProbe, .startupProbe, .lifecycle.postStart, .lifecycle.preStop: their
    httpGet.host and tcpSocket.host.
Allowed: empty, unset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.pod_security.check import Check
from scaffold.pod_security.pod import Lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.pod_security.pod import Action, Container, Pod


def _hosts(pod: Pod) -> Iterator[tuple[str, str]]:
    for place, container in pod.containers():
        for name, action in _actions(container):
            targets = {"httpGet": action.http_get, "tcpSocket": action.tcp_socket} if action else {}
            for kind, target in targets.items():
                if target and target.host:
                    yield f"{place}/{name}/{kind}/host", f"connects to the host {target.host}"


def _actions(container: Container) -> Iterator[tuple[str, Action | None]]:
    lifecycle = container.lifecycle or Lifecycle()
    yield "livenessProbe", container.liveness_probe
    yield "readinessProbe", container.readiness_probe
    yield "startupProbe", container.startup_probe
    yield "lifecycle/postStart", lifecycle.post_start
    yield "lifecycle/preStop", lifecycle.pre_stop


check = Check("hostProbesAndHostLifecycle", (("1.34", _hosts),))
