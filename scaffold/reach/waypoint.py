"""Istio's waypoints: proxies of their own, through which a mesh without sidecars leads what is sent to some pods.

istiod makes their pods of a Gateway of one class (pilot/pkg/config/kube/gatewaycommon of istio/istio); which pods use
which one, labels say (pilot/pkg/serviceregistry/ambient/waypoints.go). At it only policies hold that name the Gateway,
or a Service of the pods: selectors do not (pilot/pkg/model/policyattachment.go).

May import: ambient, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.reach.model import Pod

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = "gateway.networking.k8s.io"
CLASS = "istio-waypoint"

_USED = "istio.io/use-waypoint"
_FOR = "istio.io/waypoint-for"
_OF_WORKLOADS = frozenset(("workload", "all"))
_ACCOUNT = "gateway.istio.io/service-account"
_OWN = f"{GROUP}/"  # labels of an infrastructure that istiod does not take over
_PORTS = (("metrics", "TCP", 15020), ("status-port", "TCP", 15021), ("http-envoy-prom", "TCP", 15090))


def is_waypoint(manifest: dict[str, Any]) -> bool:
    """Tell whether an object is a Gateway that istiod makes a waypoint of."""
    group = str(manifest.get("apiVersion", "")).partition("/")[0]
    spec = manifest.get("spec") or {}
    return (group, manifest.get("kind"), spec.get("gatewayClassName")) == (GROUP, "Gateway", CLASS)


def pod(gateway: dict[str, Any]) -> Pod:
    """Return the pods that istiod makes of a waypoint's Gateway.

    They have the labels of its infrastructure; where it has none, the Gateway's own: then whatever selects those
    selects them, too. Only a waypoint for workloads is one for whoever is reached by a pod's address.
    """
    metadata = gateway.get("metadata") or {}
    name = str(metadata.get("name", ""))
    own = metadata.get("labels") or {}
    given = ((gateway.get("spec") or {}).get("infrastructure") or {}).get("labels")
    labels = {
        "sidecar.istio.io/inject": "false",
        "istio.io/dataplane-mode": "none",
        "service.istio.io/canonical-name": name,
        "service.istio.io/canonical-revision": "latest",
        **{key: value for key, value in (own if given is None else given).items() if not key.startswith(_OWN)},
        f"{GROUP}/gateway-name": name,
        f"{GROUP}/gateway-class-name": CLASS,
        "gateway.istio.io/managed": "istio.io-mesh-controller",
    }
    account = str((metadata.get("annotations") or {}).get(_ACCOUNT) or name)
    space = metadata.get("namespace", "default")
    leads = "all" if own.get(_FOR) in _OF_WORKLOADS else "services"
    return Pod(space, name, tuple(sorted(labels.items())), _PORTS, account, proxy=leads)


def used(template: dict[str, Any], name: str, space: Mapping[str, str]) -> str:
    """Return which waypoint, `namespace/name`, a template's pods use; empty where they use none.

    Args:
        template: a pod template.
        name: its namespace.
        space: the labels of that.
    """
    labels = (template.get("metadata") or {}).get("labels") or {}
    asked = labels if _USED in labels else space
    chosen = asked.get(_USED, "none")
    return "" if chosen == "none" else f"{asked.get(f'{_USED}-namespace', name)}/{chosen}"
