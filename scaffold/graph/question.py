"""What `--from` and `--to` mean: `name`, `namespace/name`, a network, `internet` or `stranger`, and a port.

May import: naming, answers.walker (spelling), networks, reach, errors.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from scaffold.answers.walker import nearest
from scaffold.documents.reading import quoted
from scaffold.errors import QuestionError
from scaffold.graph.naming import called_by_name
from scaffold.labels import NAME
from scaffold.networks import INTERNET, NEVER_OPENED, PRIVATE, network
from scaffold.reach.intent import ELSEWHERE, STRANGER
from scaffold.reach.model import Pod
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.graph.naming import Names
    from scaffold.networks import Network
    from scaffold.reach.model import Node
    from scaffold.reach.universe import Universe

_PORT = re.compile(r"(?P<name>.+):(?P<port>[A-Za-z0-9-]+)(?:/(?P<protocol>tcp|udp|sctp))?", re.IGNORECASE)
_MOST = 12


class End(Value, frozen=True):
    """One end of a question as it was asked: who, and at which port (name or number; empty: any) and protocol."""

    who: str
    port: str = ""
    protocol: str = ""


def parsed(text: str) -> End:
    """Read one end of a question; an IPv6 network with a port stands in brackets."""
    if _network(text) is not None:
        return End(text)
    found = _PORT.fullmatch(text)
    if found is None:
        return End(text.removeprefix("[").removesuffix("]"))
    return End(found["name"].removeprefix("[").removesuffix("]"), found["port"], (found["protocol"] or "").upper())


def blocks(ends: Iterable[End]) -> set[str]:
    """Return the networks that a question names, which have to be told apart."""
    return {str(found) for end in ends if (found := _network(end.who)) is not None}


def nodes(end: End, universe: Universe, names: Names, given: Iterable[Pod]) -> list[Node]:
    """Return whom an end means: one workload, addresses, or others, as each whom a mesh may know them as.

    Raises:
        QuestionError: nobody is called so, or several are.
    """
    net = _network(end.who)
    if net is not None:
        return list(universe.nets_in(str(net), ()))
    if end.who == "internet":
        shut = {net for one in (*NEVER_OPENED, *PRIVATE) for net in universe.nets_in(str(one), ())}
        return [net for cidr in INTERNET for net in universe.nets_in(cidr, ()) if net not in shut]
    by_id, by_name = _known(names, given)
    if end.who in by_id:
        return by_id[end.who]
    named = by_name.get(end.who, [])
    if len(named) == 1:
        return by_id[named[0]]
    if named:
        raise QuestionError(f"{quoted(end.who)} is several: {', '.join(sorted(named))}; say which")
    hosts = [one for one in universe.names if end.who == called_by_name(one).id]
    if hosts:
        return list(hosts)
    space, _, name = end.who.rpartition("/")
    if name == "stranger":
        found = [pod for pod in universe.pods if pod.name == STRANGER and pod.namespace == (space or ELSEWHERE)]
        return list(found) or [Pod(ELSEWHERE, STRANGER)]
    by_id |= {called_by_name(one).id: [one] for one in universe.names}
    raise QuestionError(_unknown(end.who, by_id, by_name))


def _known(names: Names, given: Iterable[Pod]) -> tuple[dict[str, list[Node]], dict[str, list[str]]]:
    """Return pods by their ids, and ids by the short names of workloads, and of others where no workload has it."""
    by_id: dict[str, list[Node]] = defaultdict(list)
    for pod, node in names.node.items():
        by_id[node.id].append(pod)
    own: dict[str, list[str]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    workloads = set(given)
    for pod, node in names.node.items():
        listed = own if pod in workloads else others
        for name in {node.name, pod.name, *_by_convention(pod)}:
            if node.id not in listed[name]:
                listed[name].append(node.id)
    return by_id, {**others, **own}


def _by_convention(pod: Pod) -> tuple[str, ...]:
    """Return what an App is called that was not given: its pods have one label, its name."""
    [(key, value), *more] = pod.labels or (("", ""),)
    return (value, f"{pod.namespace}/{value}") if key == NAME and not more else ()


def _unknown(who: str, by_id: dict[str, list[Node]], by_name: dict[str, list[str]]) -> str:
    near = nearest(who, by_id if "/" in who else by_name)
    listed = sorted(id_ for id_ in by_id if "*" not in id_)
    more = f", and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    there = ", ".join(quoted(one)[1:-1] for one in listed[:_MOST]) or "no workload"
    return f"nobody is called {quoted(who)}{near}\n    there is: {there}{more}; a network, `internet`, `stranger`"


def _network(text: str) -> Network | None:
    try:
        return network(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
