"""Istio's PeerAuthentication: at which ports a sidecar demands a client certificate, and at which it takes plaintext.

The precedence is that of `ComposePeerAuthentication` (pilot/pkg/security/authn of istio/istio). Of two policies of one
scope the oldest holds there; manifests have no age, so each of them is taken as possible.

May import: authorization, manifests, model, ranges, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.reach import manifests as read
from scaffold.reach.authorization import ALL_TCP, GROUP
from scaffold.reach.ranges import without
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.reach.model import PortRange, Selector

STRICT, PERMISSIVE, DISABLE, UNSET = "STRICT", "PERMISSIVE", "DISABLE", "UNSET"


class PeerAuthentication(Value, frozen=True):
    """A mode for the selected pods and, where there is a selector, for single ports of theirs."""

    namespace: str
    name: str
    pods: Selector
    mode: str
    ports: tuple[tuple[int, str], ...] = ()

    def at(self, port: int) -> str:
        """Return the mode of one port of a selected pod."""
        mode = dict(self.ports).get(port, UNSET)
        return self.mode if mode == UNSET else mode


def policies(manifests: Iterable[dict[str, Any]]) -> list[PeerAuthentication]:
    """Return the PeerAuthentications."""
    return [
        _policy(manifest)
        for manifest in manifests
        if manifest.get("kind") == "PeerAuthentication" and str(manifest.get("apiVersion", "")).startswith(GROUP)
    ]


def _policy(manifest: dict[str, Any]) -> PeerAuthentication:
    metadata, spec = manifest.get("metadata", {}), manifest.get("spec") or {}
    ports = (spec.get("portLevelMtls") or {}).items()
    return PeerAuthentication(
        metadata.get("namespace", "default"),
        metadata.get("name", ""),
        read.selector(spec.get("selector") or {}),
        _mode(spec.get("mtls")),
        tuple(sorted((int(port), _mode(value)) for port, value in ports)),
    )


def _mode(value: dict[str, Any] | None) -> str:
    return str((value or {}).get("mode") or UNSET)


def modes(workload: list[PeerAuthentication], wider: list[list[PeerAuthentication]]) -> dict[str, list[PortRange]]:
    """Return the TCP ports of a pod by the mode that may hold there; a port stands under each that may.

    Args:
        workload: the policies that select the pod.
        wider: those of its namespace, then those of the mesh.
    """
    above = [[policy.mode for policy in level] for level in wider]
    single = sorted({port for policy in workload for port, _ in policy.ports})
    made: dict[str, list[PortRange]] = {}
    for mode in sorted(_possible([[policy.mode for policy in workload], *above])):
        made[mode] = sorted(without([ALL_TCP], [("TCP", port, port) for port in single]))
    for port in single:
        for mode in sorted(_possible([[policy.at(port) for policy in workload], *above])):
            made.setdefault(mode, []).append(("TCP", port, port))
    return made


def _possible(levels: list[list[str]]) -> set[str]:
    """Return the modes that may hold, from the narrowest level to the first that leaves nothing to a wider one."""
    found: set[str] = set()
    for level in levels:
        found |= set(level) - {UNSET}
        if level and UNSET not in level:
            return found
    return found | {PERMISSIVE}
