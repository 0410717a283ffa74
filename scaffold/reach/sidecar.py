"""Which pods get an Istio sidecar, and which of their ports it does not see.

The rules of the injection webhook's selectors (manifests/charts/istio-control/istio-discovery of istio/istio) and of
its own decision (`injectRequired` in pkg/kube/inject). Which revisions are installed is not known here: each is taken
to exist.

May import: model.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffold.reach.model import PortRange

INJECT = "sidecar.istio.io/inject"
_REVISION = "istio.io/rev"
_INJECTION = "istio-injection"
_TRAFFIC = "traffic.sidecar.istio.io/"
_LAST = 65535


def account(template: dict[str, Any], namespace: Mapping[str, str]) -> str:
    """Return the ServiceAccount as which a template's pods are in the mesh; empty where they get no sidecar.

    Args:
        template: a pod template.
        namespace: the labels of its namespace.
    """
    spec, metadata = template.get("spec") or {}, template.get("metadata") or {}
    if spec.get("hostNetwork") or not _injected(metadata, namespace):
        return ""
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def _injected(metadata: dict[str, Any], namespace: Mapping[str, str]) -> bool:
    labels = metadata.get("labels") or {}
    asked = str(labels.get(INJECT, (metadata.get("annotations") or {}).get(INJECT, ""))).lower()
    if asked not in {"", "y", "yes", "true", "on"}:
        return False
    if _INJECTION in namespace:
        return namespace[_INJECTION] == "enabled"  # any other value keeps every webhook out
    return _REVISION in namespace or _REVISION in labels or str(labels.get(INJECT)) == "true"


def uncaptured(template: dict[str, Any]) -> tuple[PortRange, ...]:
    """Return the TCP ports that a pod's annotations lead past its sidecar: no policy of the mesh holds there."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    if annotations.get("sidecar.istio.io/interceptionMode") == "NONE":
        return (("TCP", 0, _LAST),)
    included = annotations.get(f"{_TRAFFIC}includeInboundPorts", "*")
    if included == "*":
        return tuple(("TCP", port, port) for port in _numbers(annotations.get(f"{_TRAFFIC}excludeInboundPorts", "")))
    captured = [-1, *_numbers(included), _LAST + 1]
    return tuple(("TCP", before + 1, after - 1) for before, after in pairwise(captured) if after > before + 1)


def _numbers(text: Any) -> list[int]:
    parts = str(text).replace(" ", "").split(",")
    return sorted({int(part) for part in parts if part.isdecimal() and len(part) <= len(str(_LAST))})
