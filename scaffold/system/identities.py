"""Identities that would not be told apart: of callers, in a mesh, and of an App that is two to its secret stores.

A port that takes plain text cannot tell such callers apart, except by their addresses. So they share what they may ask,
and nobody whose identity counts shares the port with them.

May import: derived, unseen, model, errors.
"""

from __future__ import annotations

from collections import defaultdict
from ipaddress import ip_network
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

from scaffold.errors import AnswersError, Problem
from scaffold.system.derived import plain_ports
from scaffold.system.unseen import is_elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.answers.load import Answers
    from scaffold.answers.platform import Platform
    from scaffold.system.model import Additions, Edge, HttpMatch


def refuse_mixed(edges: Iterable[Edge], platform: Platform) -> None:
    """Check the callers of each port of each App: those that it declares, beside those that blueprints add.

    Raises:
        AnswersError: with every caller that cannot be told from another one.
    """
    if platform.spec.mesh is None:
        return
    ports: dict[tuple[str, int], list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.target.app and edge.protocol == "TCP":
            ports[edge.target.app, edge.port].append(edge)
    problems = [problem for _, own in sorted(ports.items()) for problem in _port(own, platform)]
    if problems:
        raise AnswersError(problems)


def refuse_unexpected(edges: Iterable[Edge], answers: Answers) -> None:
    """Check the callers that blueprints add: an App opens a port to plain text for those alone that it declares.

    Raises:
        AnswersError: with every such caller that the App does not declare.
    """
    if answers.platform.spec.mesh is None:
        return
    plain = {(app.key, port) for app in answers.apps for port in plain_ports(app).values()}
    problems = []
    for edge in edges:
        known = edge.source.account or edge.of_the_node or (edge.target.app, edge.port) in plain
        if edge.target.app and edge.protocol == "TCP" and not known:
            why = f"{edge.reason}: without an identity in the mesh, on port {edge.port}"
            labels = ", ".join(f"{key}: {value}" for key, value in edge.source.labels)
            peer = (
                f"cidr: {edge.source.cidr}"
                if edge.source.cidr
                else f"pods: {{{labels}}}, namespace: {edge.source.namespace}"
            )
            remedy = f"declare it: spec.from: [{{{peer}, port: {edge.port}}}]"
            problems.append(Problem(answers.place(edge.target.app), why, remedy))
    if problems:
        raise AnswersError(problems)


def refuse_two(pods: Mapping[str, Additions], answers: Answers) -> None:
    """Check who each App is to its secret stores: one ServiceAccount asks them all, and each cloud knows it as one.

    Raises:
        AnswersError: with every App that would have to be two.
    """
    problems = []
    for app in answers.apps:
        known: dict[str, str] = {}
        for entry, _ in pods[app.key].store_annotations:
            if known.setdefault(entry.key, entry.value) != entry.value:
                why = f"spec.secrets: to its stores {app.key} is {known[entry.key]}, and {entry.value}"
                remedy = f"one for both ({entry.key}): Platform spec.secretStores; or read from one of the stores"
                problems.append(Problem(answers.place(app.key, ("spec", "secrets")), why, remedy))
    if problems:
        raise AnswersError(problems)


def refuse_bypassed(edges: Iterable[Edge], answers: Answers) -> None:
    """Check what each App asks of requests: entries are alternatives, so the one that asks least is the one that holds.

    Raises:
        AnswersError: with every flow of which some requests need not show what another entry asks of them.
    """
    alike: dict[tuple[Any, ...], list[tuple[Edge, HttpMatch]]] = defaultdict(list)
    for edge in edges:
        if edge.ingress == "opened" and edge.protocol == "TCP":
            who = (edge.source.namespace, edge.source.account) if edge.source.account else edge.source
            alike[edge.target.app, edge.port, who] += [(edge, match) for match in edge.http]
    problems = []
    for found in alike.values():
        for (edge, one), (_, two) in permutations(found, 2) if any(match.asked.kinds for _, match in found) else ():
            less = sorted(one.asked.kinds - two.asked.kinds)
            if less and one.overlaps(two):
                why = f"{edge.reason}: one entry asks for {less[0]}, and another lets the same requests in without"
                remedy = "ask for it in both, or give them other paths or methods, or a port each"
                place = edge.places[0] if edge.places else answers.place(edge.target.app)
                problems.append(Problem(place, why, remedy))
                break
    if problems:
        raise AnswersError(problems)


def _port(edges: list[Edge], platform: Platform) -> Iterator[Problem]:
    plain = [
        edge for edge in edges if not edge.source.account and edge.places
    ]  # what is added, `refuse_unexpected` judges
    known = [edge for edge in edges if edge.source.account]
    for edge in plain if known else ():
        if not is_elsewhere(edge, platform):
            why = f"port {edge.port} would take callers without an identity, beside {known[0].source.app or 'others'}"
            yield Problem(edge.places[0], why, _REMEDY)
    alike = len({edge.http for edge in plain}) <= 1
    for one, two in () if alike else combinations(plain, 2):
        if one.http != two.http and not _are_apart(one, two):
            why = f"port {one.port}: nothing tells this caller from another one without identity that may ask for else"
            yield Problem(two.places[0], why, "give both the same methods and paths, or each a port of its own")
            return  # the others are alike


_REMEDY = (
    "give the caller a port of its own or, where it is in the mesh, its `account`; for a private network declare the "
    "Platform's clusterNetworks, so that it cannot be pods"
)


def _are_apart(one: Edge, two: Edge) -> bool:
    if not (one.source.cidr and two.source.cidr):
        return False
    first, second = ip_network(one.source.cidr), ip_network(two.source.cidr)
    return first.version != second.version or not first.overlaps(second)
