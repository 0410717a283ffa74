"""Which pods an Istio mesh in ambient mode captures, and which of their ports it does not see.

The rules of its node agent (cni/pkg of istio/istio).

May import: model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.reach.model import PortRange

TUNNEL: PortRange = ("TCP", 15008, 15008)
"""Where ztunnel takes what others of the mesh send, for whichever port of the pod."""

PROBES = ("169.254.7.127/32", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128")
"""From where the kubelet's probes come: the node agent readdresses them, and leads them past ztunnel."""

_MODE = "istio.io/dataplane-mode"
_BYPASS = "ambient.istio.io/bypass-inbound-capture"
_ON = "ambient"


def account(template: dict[str, Any], namespace: Mapping[str, str]) -> str:
    """Return the ServiceAccount as which a template's pods are in the mesh; empty where they are not captured.

    Args:
        template: a pod template without a sidecar.
        namespace: the labels of its namespace.
    """
    spec, metadata = template.get("spec") or {}, template.get("metadata") or {}
    asked = (metadata.get("labels") or {}).get(_MODE)
    if spec.get("hostNetwork") or (asked or namespace.get(_MODE)) != _ON:
        return ""
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def uncaptured(template: dict[str, Any]) -> tuple[PortRange, ...]:
    """Return the ports that a pod's annotations lead past ztunnel: no policy of the mesh holds there."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    return (("TCP", 0, 65535),) if str(annotations.get(_BYPASS)).lower() == "true" else ()


def is_used(manifests: Iterable[dict[str, Any]]) -> bool:
    """Tell whether any object asks for this mode."""
    return any(
        (((place or {}).get("metadata") or {}).get("labels") or {}).get(_MODE) == _ON
        for manifest in manifests
        for place in (manifest, (manifest.get("spec") or {}).get("template"))
    )
