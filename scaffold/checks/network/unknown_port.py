"""A port is named that the pod does not have.

What: each targetPort of a Service is a port of the pods it is for, and each port of a probe one of the container's own.
Why: a wrong name is no error to the API server: the Service has no endpoints, the probe fails forever.
Fields: Service spec.ports[*].targetPort; containers[*].{readiness,liveness,startup}Probe.
Reference: Kubernetes, Service and probe ports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.manifests import PROBES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scaffold.manifests import Manifest, Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each port that does not exist."""
    for manifest in rendered.applied:
        if manifest.kind == "Service":
            yield from _service(manifest, rendered)
    for pod in rendered.pods:
        for place, container in pod.containers():
            known = _ports([container])
            for probe in PROBES:
                actions = (container.get(probe) or {}).values()
                asked = [action["port"] for action in actions if isinstance(action, dict) and "port" in action]
                for port in asked:
                    if (port, "TCP") not in known:
                        yield Finding("error", "network/unknown-port", place, f"{probe} asks port {port}: no such port")


def _service(manifest: Manifest, rendered: Rendered) -> Iterator[Finding]:
    for pod in rendered.selected(manifest.namespace, manifest.spec.get("selector") or {}):
        # Of init containers, those that stay may serve; the others have ended.
        stays = [one for one in pod.spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
        known = _ports([*stays, *(pod.spec.get("containers") or ())])
        for port in manifest.spec.get("ports") or ():
            target = (port.get("targetPort", port["port"]), port.get("protocol", "TCP"))
            if target not in known:
                reason = f"{pod.manifest.path} has no port {target[0]}"
                yield Finding("error", "network/unknown-port", manifest.path, reason)


def _ports(containers: Sequence[dict[str, Any]]) -> set[tuple[str | int, str]]:
    """Return the ports of some containers, each by number and by name."""
    ports = [port for container in containers for port in container.get("ports") or ()]
    numbers = {(port["containerPort"], port.get("protocol", "TCP")) for port in ports}
    return numbers | {(port["name"], port.get("protocol", "TCP")) for port in ports if port.get("name")}
