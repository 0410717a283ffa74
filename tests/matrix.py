"""Every secrets backend, network plugin, mesh and cloud with every other: systems in which each two choices meet.

What a choice looks like is what a case of a blueprint writes that is not refused; so what is added as a folder is in the
matrix by itself. `CONTRADICTIONS` are the pairs that are no system, each with what is said of it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from allpairspy import AllPairs
from harness import app, loaded, platform

from scaffold.answers.platform import POINTS
from scaffold.catalog import Catalog

KINDS = "workload"
_WORKLOADS: dict[str, dict[str, Any]] = {
    "StatefulSet": {"replicas": 2},
    "DaemonSet": {"nodes": 3},
    "CronJob": {"schedule": "30 3 * * *"},
    "Job": {},
    "Pod": {},
}
# What is asked as the App itself needs a cloud that knows it; a gateway for egress is reached through the one mesh that
# its mode is of.
CONTRADICTIONS: dict[frozenset[str], str] = {
    **{
        frozenset(("aws-csi", cloud)): "which has no role in AWS"
        for cloud in ("no cloudIdentity", "azure-workload-identity", "gke-workload-identity")
    },
    **{
        frozenset((relay, mesh)): "nothing on this Platform leads to its egressGateway"
        for relay, own in (("istio-egress", "istio-sidecar"), ("istio-egress-waypoint", "istio-ambient"))
        for mesh in {"no mesh", "istio-sidecar", "istio-ambient", "linkerd"} - {own}
    },
}
_RELAYED = [{"host": "tax.example.com", "port": 443}, {"host": "tax.example.com", "port": 8443}]


PUBLIC = {"namespace": "gateways", "labels": {"gateway": "public"}, "account": "public"}


class Choice(NamedTuple):
    """What a Platform may choose at one point, and what Apps say that use it."""

    name: str
    platform: dict[str, Any]
    app: dict[str, Any]


def factors(catalog: Catalog) -> dict[str, list[Choice]]:
    """Return what may be chosen at each point of the Platform, and the kinds of workload."""
    found: dict[str, dict[str, Choice]] = {at: {} for at in POINTS if at.startswith("platform.")}
    for cluster, own in _cases(catalog):
        for at, choices in found.items():
            name, field = POINTS[at].tag, at.removeprefix("platform.")
            for choice in _said(cluster, own, field, name):
                choices.setdefault(choice.name, choice)
    made = {at: [_without(at), *choices.values()] for at, choices in found.items()}
    return made | {KINDS: [Choice(kind, {}, {"kind": kind, **more}) for kind, more in _WORKLOADS.items()]}


def _without(at: str) -> Choice:
    return Choice(f"no {at.removeprefix('platform.')}", {}, {})


def _cases(catalog: Catalog) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield the Platform and the Apps of each case that is not refused."""
    for blueprint in catalog.blueprints:
        for path in sorted((blueprint.folder / "cases").glob("*.yaml")):
            case = loaded(path.read_text("utf-8"))
            values = case["answers"]
            clusters = [value["spec"] for value in values if value.get("kind") == "Platform"]
            if len(clusters) == 1 and "refused" not in case:
                yield clusters[0], [value for value in values if value.get("kind") == "App"]


def _said(cluster: dict[str, Any], apps: list[dict[str, Any]], field: str, tag: str) -> Iterator[Choice]:
    """Yield what a case chooses at one point."""
    value = cluster.get(field)
    if value is None:
        return
    if tag in value:
        identities = [one["spec"]["identity"] for one in apps if "identity" in one["spec"]]
        if field != "cloudIdentity" or identities:
            own = {"identity": identities[0]} if field == "cloudIdentity" else {}
            # A gateway for egress is nothing without Apps that call hosts.
            yield Choice(value[tag], {field: value}, {"hosts": _RELAYED} if field == "egressGateway" else own)
        return
    if field == "gateways":
        kinds = sorted({gateway.get(tag, POINTS["platform.gateways"].default) for gateway in value.values()})
        yield from (Choice(kind, {field: {"public": {**PUBLIC, tag: kind}}}, {}) for kind in kinds)
        return
    for name, store in value.items():
        used = [secret for one in apps for secret in one["spec"].get("secrets", {}).values() if secret["store"] == name]
        if used and apps[0]["metadata"] == {"name": "api", "namespace": "shop"}:  # which some stores know by name
            yield Choice(store[tag], {field: {name: store}}, {"secrets": {"db": used[0]}})


def system(chosen: list[Choice]) -> list[dict[str, Any]]:
    """Return the documents of a system in which everything is chosen that is given."""
    *points, workload = chosen
    cluster: dict[str, Any] = {
        "ipFamilies": ["IPv4", "IPv6"],
        "clusterNetworks": ["10.96.0.0/12", "10.244.0.0/16", "fd00:10:96::/108", "fd00:10:244::/56"],
        "apiServer": {"cidrs": ["10.0.0.10/32"], "audience": "https://kubernetes.default.svc"},
        "gateways": {"public": PUBLIC},
    }
    own: dict[str, Any] = {}
    for choice in points:
        cluster |= choice.platform
        own |= choice.app
    hosts = own.pop("hosts", [])
    api = app(
        ports={"http": {"port": 8080, "protocol": "http"}, "metrics": {"port": 9090}, "direct": {"port": 8444}},
        permissions=[{"resources": ["configmaps"], "names": ["api-config"], "verbs": ["get"]}],
        **own,
        **{
            "from": [
                {"app": "web", "namespace": "front", "port": "http"},
                {"gateway": "public", "port": "http", "host": "api.example.com"},
                {"pods": {"app": "prometheus"}, "namespace": "monitoring", "port": "metrics"},
                {"cidr": "10.20.0.0/16", "port": "direct"},
            ],
            "to": [
                {"pods": {"cnpg.io/cluster": "db"}, "namespace": "data", "port": 5432},
                {"pods": {"app": "statsd"}, "namespace": "monitoring", "port": 8125, "protocol": "udp"},
                {"cidr": "192.0.2.0/24", "port": 6379},
                {"host": "pay.example.com", "port": 443, "cidrs": ["203.0.113.0/24"]},
                *hosts,
            ],
        },
    )
    web = app(
        "web",
        "front",
        ports={"http": {"port": 3000, "protocol": "http"}},
        to=[{"app": "api", "namespace": "shop", "port": "http"}],
    )
    worker = app("worker", workload=workload.app, to=[{"app": "api", "port": "http"}])
    return copy.deepcopy([platform(**cluster), api, web, worker])


def pairs(catalog: Catalog) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield systems, each with its name, in which each two choices of different points are together at least once."""
    every = list(factors(catalog).values())
    for chosen in AllPairs(every, filter_func=_fits):
        yield " + ".join(choice.name for choice in chosen), system(chosen)


def _fits(chosen: list[Choice]) -> bool:
    names = {choice.name for choice in chosen}
    return not any(pair <= names for pair in CONTRADICTIONS)
