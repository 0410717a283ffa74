"""A cluster as istiod sees it: rendered objects, a pod of each workload, and what istiod makes of Gateways itself."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

from scaffold.reach import manifests as read
from scaffold.reach import waypoint

GROUPS = ("networking.istio.io/", "security.istio.io/", "gateway.networking.k8s.io/")
KINDS = ("Namespace", "Service", "ServiceAccount")
ELSEWHERE = "elsewhere"
AMBIENT = "istio-ambient"

Value = dict[str, Any]
Talk = Callable[[str], Callable[[str], str]]


def applied(objects: Iterable[Value], talk: Talk) -> list[Value]:
    """Return what is in the cluster: what is applied, with a Deployment, a Service and a status for each waypoint."""
    made = [copy.deepcopy(one) for one in objects]
    named = {
        (one.get("kind"), one["metadata"]["namespace"], one["metadata"]["name"]): one
        for one in made
        if "namespace" in one.get("metadata", {})
    }
    spaces = {one["metadata"]["name"]: one for one in made if one.get("kind") == "Namespace"}
    for gateway in [one for one in made if waypoint.is_waypoint(one)]:
        space = gateway["metadata"]["namespace"]
        parameter = named["ConfigMap", space, gateway["spec"]["infrastructure"]["parametersRef"]["name"]]
        question = {"Namespace": spaces[space], "Gateway": gateway, "Parameter": parameter}
        answer = json.loads(talk("waypoint")(json.dumps(question)))
        assert answer["Error"] == ""
        own = {one["kind"]: one for one in answer["Objects"]}
        host = f"{own['Service']['metadata']['name']}.{space}.svc.cluster.local"
        gateway["status"] = {"addresses": [{"type": "Hostname", "value": host}]}
        for one in (own["Deployment"], own["Service"]):
            one["metadata"]["namespace"] = space
            made.append(one)
    return made


class Addresses:
    """Who has which address: every Service, and a pod of each workload."""

    def __init__(self, objects: list[Value]) -> None:
        self._objects = objects
        self.services = {_key(one): f"10.96.0.{number}" for number, one in enumerate(_of(objects, "Service"), 1)}
        workloads = [one for one in objects if read.template_of(one) is not None]
        self.pods = {_key(one): f"10.244.1.{number}" for number, one in enumerate(workloads, 1)}
        assert len(self.services) < 255 > len(self.pods)

    def found(self) -> list[Value]:
        """Return the pods, as they run, and one that nobody declared in a namespace that nobody did."""
        made = [_pod(ELSEWHERE, ELSEWHERE, {"spec": {"serviceAccountName": ELSEWHERE}}, "10.244.2.1")]
        for one in self._objects:
            if (found := read.template_of(one)) is not None:
                metadata = one["metadata"]
                made.append(_pod(metadata["name"], metadata["namespace"], found[0], self.pods[_key(one)]))
        return made


def _of(objects: Iterable[Value], kind: str) -> list[Value]:
    return [one for one in objects if one.get("kind") == kind]


def _key(value: Value) -> str:
    return f"{value['metadata']['namespace']}/{value['metadata']['name']}"


def _pod(name: str, namespace: str, template: Value, address: str) -> Value:
    metadata = {**template.get("metadata", {}), "name": name, "namespace": namespace}
    status = {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"], "status": status}


def question(objects: list[Value], addresses: Addresses, mesh: Any) -> str:
    """Return what istiod is asked: in an ambient mesh for its waypoints, else for each pod."""
    ambient = mesh.judgedBy == AMBIENT
    told = []
    for one in objects:
        if one.get("kind") == "Service" and "clusterIP" not in one["spec"]:
            told.append({**one, "spec": {**one["spec"], "clusterIP": addresses.services[_key(one)]}})
        elif one.get("kind") in KINDS or str(one.get("apiVersion")).startswith(GROUPS):
            told.append(one)
    pods, proxies = addresses.found(), [read.pod(one, {}, {}) for one in objects if waypoint.is_waypoint(one)]
    asked = proxies if ambient else [read.Pod(one["metadata"]["namespace"], one["metadata"]["name"]) for one in pods]
    return json.dumps(
        {
            "Objects": told,
            "Namespaces": read.namespaces(objects),
            "Pods": pods,
            "Proxies": [f"{one.name}.{one.namespace}" for one in asked],
            "Ambient": ambient,
            "TrustDomain": mesh.trustDomain,
            "Root": mesh.namespace,
        }
    )
