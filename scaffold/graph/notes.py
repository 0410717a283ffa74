"""What to know about a graph of manifests: what was passed over, what is not evaluated, and who is open to all.

May import: cluster, objects, texts, reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.errors import printable
from scaffold.reach import linkerd, waypoint
from scaffold.reach.manifests import template_of
from scaffold.reach.undecided import undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.graph.cluster import Cluster
    from scaffold.graph.objects import Object, Objects
    from scaffold.reach.model import Pod

_MOST = 5
_DRY_RUN = "istio.io/dry-run"


def notes(cluster: Cluster | None, found: Objects) -> Iterator[str]:
    """Yield notes, the gravest first, for standard error."""
    for kind, count in sorted(found.unevaluated.items()):
        yield printable(f"warning: {count} {kind}: not evaluated; what it opens or shuts is not in what is said here")
    for policy in found.unjudged:
        said = f"{policy.one}: not evaluated, as it says {', '.join(policy.parts)} ({policy.one.place()})"
        yield printable(f"warning: {said}; what it opens or shuts is not in what is said here")
    yield from _unevaluated(found)
    if cluster is not None:
        yield from _undecided(cluster)
        yield from _open(cluster)
        yield from _unknown_ports(cluster)


def passed_over(found: Objects) -> Iterator[str]:
    """Yield what was read and left out, counted."""
    if found.ignored:
        kinds = sorted(found.ignored.items(), key=lambda one: (-one[1], one[0]))
        listed = ", ".join(f"{count} {kind}" for kind, count in kinds[:_MOST])
        more = f" and {len(kinds) - _MOST} more kinds" if len(kinds) > _MOST else ""
        yield printable(f"note: passed over, as they rule no flow: {listed}{more}")


def _unevaluated(found: Objects) -> Iterator[str]:
    """Yield what is read, but rules flows in a way that is not evaluated."""
    proxies = {"/".join(one.key[1:]) for one in found.read if waypoint.is_waypoint(one.value)}
    attached = [str(one) for one in found.read if _is_elsewhere(one, proxies) and not linkerd.is_policy(one.value)]
    if attached:
        yield _listed("not evaluated, as gateways and waypoints enforce them", attached)
    trials = [str(one) for one in found.read if _DRY_RUN in one.value["metadata"].get("annotations", {})]
    if trials:
        yield _listed("not evaluated where they are dry runs", trials)
    passed_on = [str(one) for one in found.read if _used(one) not in {"", *proxies}]
    if passed_on:
        yield _listed("reached by way of a waypoint, which no policy here is evaluated at", passed_on)
    host = [str(one) for one in found.read if _on_host(one.value)]
    if host:
        yield _listed("on the node's own network, where NetworkPolicies seldom hold; judged as if they did", host)


def _is_elsewhere(one: Object, proxies: set[str]) -> bool:
    """Tell whether a policy is attached to something else than waypoints that were given, or their Services."""
    spec = one.value.get("spec", {})
    targets = [*spec.get("targetRefs", ()), *([spec["targetRef"]] if "targetRef" in spec else [])]
    gateways = [f"{one.key[1]}/{target.get('name')}" for target in targets if target.get("kind") == "Gateway"]
    return bool(targets) and (not proxies or not proxies.issuperset(gateways))


def _used(one: Object) -> str:
    kind, namespace, name = one.key
    return waypoint.used(one.value, name if kind == "Namespace" else namespace, {})


def _on_host(value: dict[str, Any]) -> bool:
    template = template_of(value)
    return bool(template and (template[0].get("spec") or {}).get("hostNetwork"))


def _open(cluster: Cluster) -> Iterator[str]:
    """Yield which workloads no policy isolates, for each direction: what is not named by any rule is open."""
    for side in ("ingress", "egress"):
        asked: dict[Pod, set[str]] = {pod: set() for pod in cluster.workloads}
        for policy, _ in cluster.policies:
            if policy.rules(side) is not None:
                for pod in cluster.universe.subjects(policy) & asked.keys():
                    asked[pod].add(policy.tier.default)
        loose = [str(pod) for pod, defaults in asked.items() if not defaults]
        if loose:
            yield _listed(f"no NetworkPolicy selects their {side}, so all of it is open", loose)
        left = [str(pod) for pod, defaults in asked.items() if defaults == {"pass"}]
        if left:
            yield _listed(f"no NetworkPolicy selects their {side}, so what no other policy denies is open", left)


def _undecided(cluster: Cluster) -> Iterator[str]:
    """Yield policies of which nobody says which is asked first, where that makes a difference."""
    objects = {id(policy): one for policy, one in cluster.policies}
    for pair in undecided((policy for policy, _ in cluster.policies), cluster.universe):
        both = " and ".join(f"{objects[id(policy)]} ({objects[id(policy)].place()})" for policy in pair)
        why = "of one tier and order, and nothing but their names says which decides; judged in the order of these"
        yield printable(f"warning: {both}: {why}")


def _unknown_ports(cluster: Cluster) -> Iterator[str]:
    """Yield rules that open a port by a name of pods that were not given: which number that is, they would say."""
    found = [
        f"{one} ({port.name})"
        for policy, one in cluster.policies
        for rule in policy.egress or ()
        for port in rule.ports or ()
        if port.name
        for peer in rule.peers or ()
        if not cluster.named.isdisjoint(cluster.universe.behind(peer, policy.namespace))
    ]
    if found:
        yield _listed("a port by its name, of pods that were not given: not drawn, as its number is not known", found)


def _listed(what: str, names: Iterable[str]) -> str:
    several = sorted(names)
    more = f" and {len(several) - _MOST} more" if len(several) > _MOST else ""
    return printable(f"warning: {what}: {', '.join(several[:_MOST])}{more}")
