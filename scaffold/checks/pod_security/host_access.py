"""A pod shares something of its node.

What: no host network, PID or IPC namespace, no host port, no probe or hook that names a host, and only volumes that do
    not come from the node.
Why: each reaches past the pod: to the node's processes, its files, or addresses that policies do not see.
Fields: spec.hostNetwork, .hostPID, .hostIPC, .volumes[*]; containers[*].ports[*].hostPort, probes, lifecycle.
Allowed: configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected, secret.
Reference: PSS restricted (hostNamespaces, hostPorts, restrictedVolumes, hostProbesAndHostLifecycle), CIS Kubernetes
    5.2.3 to 5.2.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import Finding
from scaffold.manifests import PROBES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Rendered

_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
_VOLUMES = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each thing of the node that a pod shares."""
    for pod in rendered.pods:
        shared = [(pod.place(), key) for key in _NAMESPACES if pod.spec.get(key)]
        for volume in pod.spec.get("volumes") or ():
            kinds = ", ".join(sorted(set(volume) - {"name"} - _VOLUMES))
            shared += [(pod.place("/volumes"), f"a volume of kind {kinds}")] if kinds else []
        for place, container in pod.containers():
            shared += [(place, "a host port") for port in container.get("ports") or () if port.get("hostPort")]
            actions = [container.get(probe) or {} for probe in PROBES] + list(
                (container.get("lifecycle") or {}).values()
            )
            shared += [
                (place, "a probe of a host")
                for a in actions
                for how in a.values()
                if isinstance(how, dict) and "host" in how
            ]
        for place, what in shared:
            yield Finding("error", "pod-security/host-access", place, what)
