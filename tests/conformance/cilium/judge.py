"""Cilium's own policy engine as a judge of policies: who may open what to whom, and through which proxy.

In the form of `conformance.cyclonus.judge`: a judgement is a set of (table, source, target, protocol, port).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from conformance.cyclonus.judge import Judgement, Objects, Probe, is_network_policy

from scaffold.reach import cilium, cluster_policy
from scaffold.reach import manifests as read
from scaffold.reach.evaluate import Evaluation, blocks, names
from scaffold.reach.intent import foreign, named_hosts, strangers
from scaffold.reach.model import Name, Node, Pod
from scaffold.reach.plugins import Judge
from scaffold.reach.universe import Universe
from scaffold.system.model import System

Ask = Callable[[str], str]
# Where no rule of ours on addresses reaches: a host is whatever its name was answered with.
_ANSWERED = "198.18.0."


class Verdict(NamedTuple):
    """What is allowed, which of it leads through a proxy, and the policies that are dropped, each with the reason."""

    allowed: Judgement
    proxied: Judgement
    refused: dict[str, str]


def evaluation_of(system: System, values: Objects, plugin: Judge = cilium) -> Evaluation:
    """Return our evaluation of some objects; the pods of others, strangers and hosts are among those judged."""
    known = judged(values, plugin)
    policies = [*read.policies(known), *cluster_policy.policies(known), *plugin.policies(known)]
    pods = [*read.pods(values), *foreign(system), *strangers(system)]
    called = names(policies) | named_hosts(system)
    return Evaluation(Universe(pods, read.namespaces(values), blocks(policies), called), policies)


def nodes_of(evaluation: Evaluation) -> tuple[Node, ...]:
    """Return whom a judgement is about, in the order of its numbers."""
    universe = evaluation.universe
    return (*universe.pods, *universe.nets, *universe.names)


def judged(values: Objects, plugin: Judge = cilium) -> Objects:
    """Return the policies among some objects that a plugin enforces: NetworkPolicies, its own, and a cluster's."""
    wide = cluster_policy.is_policy if plugin is cilium else lambda _: False  # Calico has them since 3.32
    return [value for value in values if plugin.is_policy(value) or is_network_policy(value) or wide(value)]


def theirs(
    ask: Ask,
    nodes: Sequence[Node],
    values: Objects,
    probes: Sequence[Probe],
    answered: str = "",
    plugin: Judge = cilium,
) -> Verdict:
    """Return the judgement of a plugin's own program.

    Args:
        ask: of the program.
        nodes: whom it is about.
        values: every object.
        probes: protocols and ports.
        answered: an address with which every name is answered; by default each has one where nothing else is.
        plugin: whose policies the program is given.
    """
    spaces = read.namespaces(values)
    asked = {
        "Policies": judged(values, plugin),
        "Nodes": [_node(node, spaces, answered or f"{_ANSWERED}{at % 250}") for at, node in enumerate(nodes)],
        "Probes": [{"Protocol": protocol, "Port": port} for protocol, port in probes],
    }
    said = json.loads(ask(json.dumps(asked)))
    allowed, proxied = set(), set()
    for at, probe in enumerate(probes):
        pairs = zip(product(range(len(nodes)), repeat=2), said["Egress"][at], said["Ingress"][at], strict=True)
        for pair, out, into in pairs:
            if out in "0-" and into in "0-":  # most are
                continue
            marks = {"Egress": out, "Ingress": into, "Combined": min(out, into, key="0-12".index)}
            for table, mark in marks.items():
                if mark in "12" or (table == "Combined" and mark == "-" and {out, into} != {"-"}):
                    allowed.add((table, *pair, *probe))
            if out == "2":
                proxied.add(("Egress", *pair, *probe))
    return Verdict(allowed, proxied, {one["Name"]: one["Why"] for one in said["Refused"] or ()})


def learned(verdict: Verdict, nodes: Sequence[Node], probes: Sequence[Probe]) -> Judgement:
    """Return what is allowed where a name has an address only once the proxy saw it answered, or nothing is held.

    A host begins no flow: what comes from its address comes from an address.
    """
    opened = Counter(source for table, source, *_ in verdict.allowed if table == "Egress")
    unheld = {source for source, count in opened.items() if count == len(nodes) * len(probes)}
    asking = unheld | {source for _, source, *_ in verdict.proxied}
    hosts = {at for at, node in enumerate(nodes) if isinstance(node, Name) and not node.entity}
    return {one for one in verdict.allowed if one[1] not in hosts and (one[2] not in hosts or one[1] in asking)}


def but_own_node(judgement: Judgement, nodes: Sequence[Node]) -> Judgement:
    """Return a judgement without what a pod's own node asks it: Cilium lets that in, whatever policies say."""
    own = {at for at, node in enumerate(nodes) if node == Name("host", entity=True)}
    return {one for one in judgement if one[1] not in own}


def _node(node: Node, spaces: dict[str, Any], answered: str) -> dict[str, Any]:
    if isinstance(node, Name):
        return {"Entity": node.name} if node.entity else {"Host": node.name, "IP": answered}
    if not isinstance(node, Pod):
        return {"IP": node.sample}
    labels = spaces.get(node.namespace, {"kubernetes.io/metadata.name": node.namespace})
    ports = [{"Name": name, "Protocol": protocol, "Port": number} for name, protocol, number in node.ports if name]
    return {"Namespace": node.namespace, "NamespaceLabels": labels, "Labels": dict(node.labels), "Ports": ports}
