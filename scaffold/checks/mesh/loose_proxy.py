"""A proxy of the mesh that nobody asked for, that is passed by, or whose pods are less hard than those of Apps.

What: each Gateway is the waypoint of an App that asks something of requests: for Services and pods' addresses, with
    labels that no selector of the App means, under an identity of its own; the App's pods and its Service use it, by
    gateways, too. What istiod lays over its pods is exactly what is declared; `restricted` admits them then, they
    take what was reckoned for them, and they have no token for the API server.
Why: any other Gateway is a way into the cluster. Without labels for its pods istiod gives them the Gateway's own, and
    the App's Service and policies mean them, too. Istio sets no seccomp profile: the namespace would refuse the pods,
    and whoever uses it would have no rules on requests, or nothing at all.
Fields: Gateway metadata, spec; ConfigMap data; labels istio.io/use-waypoint and istio.io/ingress-use-waypoint.
Reference: Istio, waypoints; PSS restricted; NIST SP 800-204B.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.labels import selector
from scaffold.pod_security.evaluate import evaluate, rules, table
from scaffold.reach.waypoint import CLASS, GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.contributions import ProxyEntry
    from scaffold.manifests import Manifest, Rendered
    from scaffold.system.model import Member

_CHECK = "mesh/loose-proxy"
_USED, _USED_BY_GATEWAYS = "istio.io/use-waypoint", "istio.io/ingress-use-waypoint"
# As istiod makes it (manifests/charts/istio-control/istio-discovery/files/waypoint.yaml of istio/istio): no profile.
_CONTAINER = {
    "name": "istio-proxy",
    "securityContext": {
        "privileged": False,
        "runAsUser": 1337,
        "runAsGroup": 1337,
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
}


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each Gateway that is no App's proxy as it has to be, and for each App without its own."""
    left = {key: entry for key, member in rendered.members.items() for entry, _ in member.additions.proxies}
    for manifest in rendered.applied:
        if (manifest.group, manifest.kind) != ("gateway.networking.k8s.io", "Gateway"):
            continue
        entry = left.pop(manifest.file.subject, None)
        if entry is None:
            yield _finding(manifest.path, "no App asks for this Gateway")
            continue
        member = rendered.members[manifest.file.subject]
        yield from (_finding(manifest.path, reason) for reason in _wrong(manifest, entry, member))
        yield from _pods(rendered, manifest, entry)
        yield from _users(rendered, member, entry)
    for key in sorted(left):
        yield _finding(f"App {key}", "its rules on requests have no proxy")


def _wrong(gateway: Manifest, entry: ProxyEntry, member: Member) -> Iterator[str]:
    spec, labels = gateway.spec, gateway.metadata.get("labels") or {}
    given = (spec.get("infrastructure") or {}).get("labels") or {}
    listener = {"name": "mesh", "port": 15008, "protocol": "HBONE", "allowedRoutes": {"namespaces": {"from": "Same"}}}
    told = {"group": "", "kind": "ConfigMap", "name": entry.account}
    if (gateway.group, gateway.namespace, gateway.name) != (GROUP, member.app.namespace, entry.name):
        yield "another name, or another kind, than the App's waypoint has"
    if gateway.metadata.get("annotations") != {"gateway.istio.io/service-account": entry.account}:
        yield "not the identity, or more annotations, than the App lets in"
    if labels.get("istio.io/waypoint-for") != "all":
        yield "who calls a pod by its address passes it by"
    if not given or selector(member.app.name).items() <= given.items():
        yield "its pods have labels of the App's own"
    if (spec.get("infrastructure") or {}).get("parametersRef") != told or set(spec["infrastructure"]) - {
        "labels",
        "parametersRef",
    }:
        yield "its pods are not as hard as the namespace asks for"
    if {key: value for key, value in spec.items() if key != "infrastructure"} != {
        "gatewayClassName": CLASS,
        "listeners": [listener],
    }:
        yield "it is no waypoint alone: another class, listener or address"


def _pods(rendered: Rendered, gateway: Manifest, entry: ProxyEntry) -> Iterator[Finding]:
    found = [
        manifest
        for manifest in rendered.applied
        if (manifest.kind, manifest.namespace, manifest.name) == ("ConfigMap", gateway.namespace, entry.account)
    ]
    told = {key: _read(text) for one in found for key, text in (one.value.get("data") or {}).items()}
    place = found[0].path if found else gateway.path
    if told != entry.objects:
        yield _finding(place, "what istiod is told of its objects is not what is declared")
    overlay = told.get("deployment")
    spec = overlay.get("spec") if isinstance(overlay, dict) else None
    made = _laid({"containers": [_CONTAINER]}, ((spec or {}).get("template") or {}).get("spec") or {})
    for violation in evaluate({"spec": made}, rules(table(), "restricted", ["latest"])):
        yield _finding(place, f"its pods: {violation.reason} ({violation.check})")
    if made.get("automountServiceAccountToken") is not False:
        yield _finding(place, "its pods have a token for the API server")
    amounts = {"cpu": entry.cpu, "memory": entry.memory, "ephemeral-storage": entry.storage}
    limits = amounts if rendered.system.platform.spec.cpuLimits else {k: v for k, v in amounts.items() if k != "cpu"}
    taken = [container.get("resources") for container in made["containers"]]
    if taken != [{"requests": amounts, "limits": limits}] or (spec or {}).get("replicas") != entry.replicas:
        yield _finding(place, "its pods take something else than the namespace's quota has room for")


def _users(rendered: Rendered, member: Member, entry: ProxyEntry) -> Iterator[Finding]:
    """Yield what of an App is reached past its proxy, or not at all, since it does not say that it has one."""
    used = {_USED: entry.name}
    for pod, owner in rendered.owned:
        if owner == member and not used.items() <= pod.labels.items():
            yield _finding(pod.manifest.path, "its pods do not use their waypoint")
    for manifest in rendered.applied:
        mine = manifest.spec.get("selector") == selector(member.app.name) and manifest.namespace == member.app.namespace
        labels = manifest.metadata.get("labels") or {}
        inside = manifest.kind == "Service" and manifest.name == member.app.name and mine
        if inside and not (used | {_USED_BY_GATEWAYS: "true"}).items() <= labels.items():
            yield _finding(manifest.path, "what is sent to the Service does not come by the waypoint")


def _laid(value: Any, over: Any) -> Any:
    """Return a value with another one laid over it, as Kubernetes merges objects: containers by their names."""
    if not (isinstance(value, dict) and isinstance(over, dict)):
        return over
    made = dict(value)
    for key, new in over.items():
        if new is None:
            made.pop(key, None)
        elif key == "containers":
            named = {one["name"]: one for one in made.get(key, ())}
            made[key] = list({**named, **{one["name"]: _laid(named.get(one["name"], {}), one) for one in new}}.values())
        else:
            made[key] = _laid(made.get(key, {} if isinstance(new, dict) else None), new)
    return made


def _read(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def _finding(place: str, reason: str) -> Finding:
    return Finding("error", _CHECK, place, reason)
