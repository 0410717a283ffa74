"""What policies tell of flows: their rules, one by one, as callers and callees.

A rule that names pods names Apps, or others by their labels. A rule for everybody tells of nobody: who is meant is
known by the addresses that processes are told, and is asked of the evaluation of all policies together.

May import: draft, ground, meeting, ports, reach, labels, networks, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.adopt.ground import Wide
from scaffold.adopt.ports import also
from scaffold.errors import Problem
from scaffold.labels import NAMESPACE
from scaffold.networks import SHORTEST, network
from scaffold.reach.ambient import TUNNEL
from scaffold.reach.model import Pod

if TYPE_CHECKING:
    from scaffold.adopt.draft import Draft
    from scaffold.adopt.ground import Ground
    from scaffold.adopt.meeting import Meetings
    from scaffold.adopt.ports import Opened
    from scaffold.errors import Place
    from scaffold.graph.objects import Object
    from scaffold.reach.model import Peer, Policy, PortRange, Rule, Selector

_DNS = 53
_FIRST = 1024  # of a range that an App may have
_ADDRESSES = "every address"
_SEEN = "those alone are carried over whose addresses are told to a process"


def rules(ground: Ground, meetings: Meetings) -> list[Problem]:
    """Read the rules of every policy at the Apps that it selects, and return what could not be said."""
    left: list[Problem] = []
    for policy, one in ground.cluster.policies:
        for pod in sorted(ground.cluster.universe.subjects(policy)):
            if pod not in ground.drafts:
                continue
            for side in ("ingress", "egress"):
                for index, rule in enumerate(policy.rules(side) or ()):
                    if rule.action != "allow":
                        continue  # what it takes away is asked of the evaluation
                    place = one.place("spec", *(rule.part or (side, index)))
                    reader = _Rule((ground, meetings), pod, side, place, one)
                    reader.read(rule, policy)
                    left += [Problem(at, f"{one}: {why}", remedy) for at, why, remedy in reader.left]
    return left


class _Rule:
    """One rule at one App's pods, on one side."""

    def __init__(self, around: tuple[Ground, Meetings], pod: Pod, side: str, place: Place, one: Object) -> None:
        self._ground, self._meetings = around
        self._pod, self._side, self._place, self._one = pod, side, place, one
        self._draft: Draft = self._ground.drafts[pod]
        self.left: list[tuple[Place, str, str]] = []

    def read(self, rule: Rule, policy: Policy) -> None:
        """Read a rule peer by peer."""
        if rule.peers is None:
            self._wide("everybody", rule)
        for peer in rule.peers or ():
            if peer.cidr:
                self._network(peer, rule)
            elif peer.name is not None:
                self._named(peer, rule)
            else:
                self._pods(peer, rule, policy)

    def _pods(self, peer: Peer, rule: Rule, policy: Policy) -> None:
        behind = self._ground.cluster.universe.behind(peer, policy.namespace)
        apps = [self._ground.drafts[node] for node in behind if isinstance(node, Pod) and node in self._ground.drafts]
        if not peer.pods and (apps or peer.namespaces is not None):
            self._wide("every pod of a namespace" if peer.namespaces or peer.namespaces is None else "every pod", rule)
        elif apps:
            for other in sorted(apps, key=lambda one: one.key):
                self._app(other, rule)
        else:
            self._strangers(peer, rule, policy.namespace)

    def _app(self, other: Draft, rule: Rule) -> None:
        source, target = (other, self._draft) if self._side == "ingress" else (self._draft, other)
        for port in self._opened(target, rule):
            where = {"by_target" if self._side == "ingress" else "by_source": self._place}
            self._meetings.meet(source, target, port, **where)
            self._meetings.between[source.key, target.key, port.name].by_rule |= self._side == "egress"

    def _opened(self, target: Draft, rule: Rule) -> list[Opened]:
        """Return the ports of an App that a rule opens; where a mesh decides on them, all that it has."""
        known = self._ground.opened[target.key]
        pod = self._ground.pods[target.key]
        if rule.ports is None or (pod.tunnelled and TUNNEL in self._ground.ports(rule, pod)):
            return known
        found: list[Opened] = []
        for l4, first, last in sorted(self._ground.ports(rule, pod)):
            own = [one for one in known if one.l4 == l4 and first <= one.number and (one.last or one.number) <= last]
            if not own and (first == last or first >= _FIRST):
                own = [also(target, known, (l4, first, last), self._place)]
            found += own
        return found

    def _strangers(self, peer: Peer, rule: Rule, space: str) -> None:
        """Read pods that are not among what was read: by their labels, in one namespace."""
        labels, spaces = _exact(peer.pods), [space] if peer.namespaces is None else self._spaces(peer.namespaces)
        if labels is None or not spaces:
            why = "whom it names is not known by labels and the name of a namespace"
            remedy = f"declare each: {{pods: {{…}}, namespace: …, port: …}} under spec.{self._key}"
            self.left.append((self._place, why, remedy))
            return
        for namespace in spaces:
            where = {} if namespace == self._draft.namespace else {"namespace": namespace}
            self._entries({"pods": labels, **where}, rule)

    def _spaces(self, selector: Selector) -> list[str]:
        """Return the namespaces that a selector means: by their name, or as they were given."""
        exact = _exact(selector)
        if exact and set(exact) == {NAMESPACE}:
            return [exact[NAMESPACE]]
        given = self._ground.spaces
        return sorted(name for name, labels in given.items() if all(part.holds(dict(labels)) for part in selector))

    def _network(self, peer: Peer, rule: Rule) -> None:
        block = network(peer.cidr)
        if block.prefixlen < SHORTEST[block.version]:
            self._wide(_ADDRESSES, rule)
            return
        if peer.excepted:
            why = f"{peer.cidr} without {', '.join(peer.excepted)}: an answer has no exceptions"
            self.left.append((self._place, why, "name the networks that are meant, one by one"))
            return
        group = self._ground.nodes.get(str(block))
        self._entries({"nodes": group} if group else {"cidr": str(block)}, rule)

    def _named(self, peer: Peer, rule: Rule) -> None:
        name = peer.name
        if name is None or name.entity or "*" in name.name or self._side == "ingress":
            why = f"{name.name if name else 'a name'} stands for more than one host"
            self.left.append((self._place, why, f"name each host under spec.{self._key}"))
            return
        self._entries({"host": name.name}, rule)

    def _entries(self, who: dict[str, Any], rule: Rule) -> None:
        """Note entries for who is no App, one for each port."""
        if self._side == "ingress":
            for port in self._opened(self._draft, rule):
                self._meetings.other(self._draft, "from", {**who, "port": port.name}, self._place)
            return
        ranges = sorted(self._ground.ports(rule, self._pod)) if rule.ports is not None else []
        if not ranges or any(port.name or port.first is None for port in rule.ports or ()):
            why = f"{next(iter(who.values()))} on every port, or one without a number"
            self.left.append((self._place, why, "say which: an App names the ports that it calls"))
            return
        for one in ranges:
            if one[1:] != (_DNS, _DNS):  # every App resolves names
                self._meetings.other(self._draft, "to", {**who, **_port(one)}, self._place)

    def _wide(self, whom: str, rule: Rule) -> None:
        """Note who is let through without a name; names are resolved by every App."""
        verb = "lets in" if self._side == "ingress" else "lets out to"
        remedy = f"name the others under spec.{self._key}"
        ranges = self._ground.ports(rule, self._pod) if rule.ports is not None else set()
        internet = whom == _ADDRESSES and bool(ranges) and all(first == last for _, first, last in ranges)
        internet = internet and (self._side == "egress" or all(l4 == "TCP" for l4, _, _ in ranges))
        if self._side == "ingress" and not internet:
            self.left.append((self._place, f"it {verb} {whom}: {_SEEN}", remedy))
            return
        if self._side == "egress" and ranges and all(one[1:] == (_DNS, _DNS) for one in ranges):
            return
        named = {first for _, first, last in ranges if first == last}
        told = Problem(self._place, f"{self._one}: it {verb} {whom}: {_SEEN}", remedy)
        wide = self._ground.entered if self._side == "ingress" else self._ground.wide
        wide.append(Wide(self._draft.key, frozenset(named), told, internet=internet))

    @property
    def _key(self) -> str:
        return "from" if self._side == "ingress" else "to"


def _exact(selector: Selector) -> dict[str, str] | None:
    """Return the labels that a selector asks for, one value each; None where it says anything else, or nothing."""
    labels: dict[str, str] = {}
    for part in selector:
        if part.negated or part.values is None or len(part.values) != 1 or part.key in labels:
            return None
        labels[part.key] = next(iter(part.values))
    return labels or None


def _port(one: PortRange) -> dict[str, Any]:
    l4, first, last = one
    made: dict[str, Any] = {"port": first, **({"endPort": last} if last > first else {})}
    return made if l4 == "TCP" else {**made, "protocol": l4.lower()}
