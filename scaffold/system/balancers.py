"""What an App's Services say: its own, and one for each load balancer, as its Platform and its callers say.

May import: answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.answers.balancers import service
from scaffold.answers.rules import find_port

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.answers.platform import Platform
    from scaffold.answers.port import Port
    from scaffold.answers.schema import App

_SPOKEN = {"http": "http", "grpc": "grpc"}
# A mesh that has to guess waits for bytes, for ever where the server speaks first. It knows no SCTP, nor sees it.
_MESHED = {**_SPOKEN, "tcp": "tcp", "sctp": "tcp"}
_EITHER = "An address of each family: callers have either."
_EACH = "Each pod has a name of its own: callers choose, and nothing balances between them."
_UNREADY = "They find each other before they are ready: to become ready, they may need each other."


def service_port(name: str, port: Port, platform: Platform) -> dict[str, Any]:
    """Return a port of an App as its Services have it."""
    return {
        "name": name,
        "port": port.service or port.port,
        "protocol": port.l4,
        "app_protocol": (_MESHED if platform.spec.mesh else _SPOKEN).get(port.protocol, ""),
    }


def service_fields(workload: Mapping[str, Any], platform: Platform) -> list[dict[str, Any]]:
    """Return what an App's own Service says besides, as `key`, `value`, and `why`."""
    told = (
        (len(platform.spec.ipFamilies) > 1, "ipFamilyPolicy", "PreferDualStack", _EITHER),
        (workload["kind"] == "StatefulSet", "clusterIP", "None", _EACH),
        (workload["peers"], "publishNotReadyAddresses", True, _UNREADY),
    )
    return [{"key": key, "value": value, "why": why} for holds, key, value, why in told if holds]


def balancers(app: App, platform: Platform) -> dict[str, dict[str, Any]]:
    """Return the Service of each load balancer that reaches an App, by the balancer's name."""
    made: dict[str, dict[str, Any]] = {}
    for caller in app.spec.callers:
        if caller.loadBalancer is None:
            continue
        known, name = platform.spec.loadBalancers[caller.loadBalancer], str(find_port(app, caller.port))
        # From anywhere is what a Service without ranges lets in; no text for it is understood everywhere.
        ranges = {} if caller.internet else {"loadBalancerSourceRanges": sorted(set(caller.cidrs))}
        kind = {"loadBalancerClass": known.loadBalancerClass} if known.loadBalancerClass else {}
        families = {"ipFamilyPolicy": "PreferDualStack"} if len(platform.spec.ipFamilies) > 1 else {}
        entry = made.setdefault(
            caller.loadBalancer,
            {
                "name": service(app, caller.loadBalancer),
                "preserved": known.source == "preserved",
                "asked": list(known.healthChecks),
                "annotations": dict(known.annotations),
                "node_ports": known.nodePorts,
                # Only a node that runs a pod takes connections then, and none of them is passed on as the node's own.
                "policy": "Local" if known.source == "preserved" else "Cluster",
                "optional": {**kind, **families, **ranges},
                "ports": [],
            },
        )
        port = service_port(name, app.spec.ports[name], platform)
        spoken = {"appProtocol": port["app_protocol"]} if port["app_protocol"] else {}
        one = {"name": name, "port": port["port"], "targetPort": name, "protocol": port["protocol"], **spoken}
        entry["ports"] += [one] if one not in entry["ports"] else []
    return made


def doors(apps: Iterable[App], platform: Platform) -> dict[str, int]:
    """Return how many load balancers and ports of nodes the Apps of a namespace have."""
    found = [one for app in apps for one in balancers(app, platform).values()]
    return {
        "load_balancers": len(found),
        "node_ports": sum(len(one["ports"]) for one in found if one["node_ports"]),
    }
