"""A cluster as far as manifests tell of it: their workloads, whom their rules name besides, and strangers.

Whoever a rule names without a workload being given for it is there as pods of these labels. A stranger stands for every
pod that nobody named: one in each namespace, one in a namespace that nobody declared.

May import: objects, reach, networks, labels.
"""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from scaffold.labels import NAMESPACE
from scaffold.networks import NEVER_OPENED, PRIVATE
from scaffold.reach import authorization, calico, linkerd, linkerd_injection, plugins
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import blocks, names
from scaffold.reach.intent import ELSEWHERE, STRANGER
from scaffold.reach.mesh import Admission, read_mesh
from scaffold.reach.model import Pod
from scaffold.reach.universe import Universe
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.graph.objects import Object
    from scaffold.reach.authorization import AuthorizationPolicy
    from scaffold.reach.mesh import Mesh
    from scaffold.reach.model import Peer, Policy, Selector

_MOST_CHOICES = 64  # of one selector that names several values
_TRUST_DOMAIN = "cluster.local"
_PRINCIPAL = re.compile(r"[^/*]+/ns/([^/*]+)/sa/([^/*]+)")
_ANY = "*any value*"  # no legal value of a label


class Cluster(Value, frozen=True):
    """Pods and addresses with the policies that hold there; each workload with its object.

    `named` are the pods that only rules name: their own halves lie with somebody else, and are taken as open.
    """

    universe: Universe
    workloads: dict[Pod, Object]
    named: frozenset[Pod]
    policies: tuple[tuple[Policy, Object], ...]
    admission: Admission | None
    objects: tuple[Object, ...]


def cluster(objects: Iterable[Object], more_blocks: Iterable[str] = (), mesh: Mesh | None = None) -> Cluster:
    """Build a cluster of objects.

    Args:
        objects: what was read.
        more_blocks: networks that have to be told apart besides those that policies name.
        mesh: theirs, where more is known of it than they say.
    """
    given = tuple(objects)
    values = [one.value for one in given]
    spaces: dict[str, dict[str, str]] = read.namespaces(values)
    notes = linkerd_injection.notes(values)
    workloads: dict[Pod, Object] = {}
    for one in given:
        pod = read.pod(one.value, spaces, notes)
        if pod is not None:
            workloads.setdefault(pod, one)
    tiers = [value for value in values if calico.is_tier(value)]
    policies = tuple((policy, one) for one in given for policy in policies_of(one.value, tiers))
    only = [policy for policy, _ in policies]
    mesh = mesh or (
        linkerd.read_mesh(values) if linkerd.is_used(values) else read_mesh(values, trust_domain_of(values))
    )
    known = {*map(str, (*NEVER_OPENED, *PRIVATE)), *blocks(only), *mesh.blocks, *more_blocks}
    invented: dict[str, dict[str, str]] = {}
    others = witnesses(only, workloads, spaces, invented)
    in_use = {*spaces, *(pod.namespace for pod in (*workloads, *others)), ELSEWHERE}
    others += [Pod(space, STRANGER) for space in sorted(in_use - invented.keys())]
    meshed = bool(mesh.policies or mesh.authentications)
    if meshed:
        others = with_identities(others, workloads, mesh)
    universe = Universe([*workloads, *others], {**spaces, **invented}, known, names(only))
    named = frozenset(pod for pod in others if pod.name != STRANGER)
    return Cluster(universe, workloads, named, policies, Admission(universe, mesh) if meshed else None, given)


def policies_of(value: dict[str, Any], tiers: list[dict[str, Any]]) -> list[Policy]:
    """Return what an object says, if it is a policy that is judged, of one of some tiers."""
    return [*read.policies([value]), *plugins.policies([value, *(tiers if calico.is_policy(value) else ())])]


def trust_domain_of(values: Iterable[dict[str, Any]]) -> str:
    """Return the one trust domain that principals of policies are in; the default, where they do not agree."""
    named = {
        value.split("/")[0]
        for policy in authorization.policies(values)
        for value in _named(policy, "principals")
        if _PRINCIPAL.fullmatch(value)
    } - {_TRUST_DOMAIN}
    return named.pop() if len(named) == 1 else _TRUST_DOMAIN


def with_identities(others: Iterable[Pod], workloads: Iterable[Pod], mesh: Mesh) -> list[Pod]:
    """Return pods that nobody gave as each whom the mesh may know them as: it is for others to say which.

    Pods that a rule names are as likely each account of their namespace that a policy names and no workload has, and
    whoever else is in the mesh; and so there are such pods where only the mesh's policies name them.
    """
    own = {(pod.namespace, pod.account) for pod in workloads}
    accounts: dict[str, dict[str, None]] = {}
    for policy in mesh.policies:
        for namespace, account in _accounts(policy):
            if (namespace, account) not in own:
                accounts.setdefault(namespace, {})[account] = None
    made: list[Pod] = []
    for pod in others:
        ways = [STRANGER] if pod.name == STRANGER else [STRANGER, *accounts.get(pod.namespace, ())]
        made += [pod, *(replace(pod, account=account) for account in ways)]
    named = {pod.namespace for pod in others if pod.name != STRANGER}
    for namespace, several in accounts.items():
        if namespace not in named:
            made += [Pod(namespace, f"ServiceAccount {account}", account=account) for account in several]
    return made


def _accounts(policy: AuthorizationPolicy) -> Iterator[tuple[str, str]]:
    """Yield the ServiceAccounts that a policy names, each with its namespace."""
    for value in _named(policy, "principals"):
        if found := _PRINCIPAL.fullmatch(value):
            yield found[1], found[2]
    for value in _named(policy, "serviceAccounts"):
        namespace, _, account = value.partition("/")
        yield namespace, account


def _named(policy: AuthorizationPolicy, field: str) -> Iterator[str]:
    for rule in policy.rules:
        for source in rule.sources:
            for match in source:
                if match.field == field and not match.negated:
                    yield from match.values


def witnesses(
    policies: Iterable[Policy],
    workloads: Iterable[Pod],
    spaces: Mapping[str, Mapping[str, str]],
    invented: dict[str, dict[str, str]],
) -> list[Pod]:
    """Return pods that rules name by labels, where no workload was given for them.

    Args:
        policies: whose peers are looked at.
        workloads: what was given.
        spaces: the labels of the namespaces that were given.
        invented: filled with namespaces that only a rule names by their labels.
    """
    by_space: dict[str, list[dict[str, str]]] = {}
    for pod in workloads:
        by_space.setdefault(pod.namespace, []).append(dict(pod.labels))
    found: dict[Pod, None] = {}
    known = {*spaces, *by_space}
    for peer, space in dict.fromkeys(_peers(policies)):
        for namespace in _namespaces(peer, space, known, spaces, invented):
            given = by_space.get(namespace, ())
            if any(all(part.holds(labels) for part in peer.pods) for labels in given):
                continue
            for labels in _choices(peer.pods):
                if labels or namespace not in known:
                    name = _text(labels) if labels else STRANGER
                    found[Pod(namespace, name, tuple(sorted(labels.items())))] = None
    return list(found)


def _peers(policies: Iterable[Policy]) -> Iterator[tuple[Peer, str]]:
    for policy in policies:
        for rule in (*(policy.ingress or ()), *(policy.egress or ())):
            for peer in rule.peers or ():
                if not peer.cidr and peer.name is None:
                    yield peer, "" if peer.namespaces is not None else policy.namespace


def _namespaces(
    peer: Peer,
    space: str,
    given: set[str],
    spaces: Mapping[str, Mapping[str, str]],
    invented: dict[str, dict[str, str]],
) -> Iterator[str]:
    """Yield where a peer's pods may be: given namespaces, those that it names, and one that only it describes."""
    if peer.namespaces is None:
        yield space
        return
    if not peer.pods and not peer.namespaces:
        return  # everybody: the strangers
    for name in sorted(given):
        if all(part.holds(dict(spaces.get(name, {NAMESPACE: name}))) for part in peer.namespaces):
            yield name
    for labels in _choices(peer.namespaces):
        name = labels.get(NAMESPACE, "")
        if name and name not in given:
            if len(labels) > 1:
                invented[name] = labels
            yield name
        elif not name:
            called = f"{ELSEWHERE} {_text(labels)}" if labels else ELSEWHERE
            if labels:
                invented[called] = {**labels, NAMESPACE: called}
            yield called


def _choices(selector: Selector) -> Iterator[dict[str, str]]:
    """Yield the smallest sets of labels that a selector selects, one for each value that it names."""
    named = [part for part in selector if not part.negated]
    ways = [[(part.key, value) for value in sorted(part.values or {_ANY})] for part in named]
    for way in islice(product(*ways), _MOST_CHOICES):
        labels = dict(way)
        if all(part.holds(labels) for part in selector):
            yield labels


def _text(labels: Mapping[str, str]) -> str:
    return ",".join(key if value == _ANY else f"{key}={value}" for key, value in sorted(labels.items()))
