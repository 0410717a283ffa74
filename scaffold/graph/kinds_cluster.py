"""The shape of policies of a whole cluster, in both of their versions, as their definitions have them.

What else they hold is for `reach.cluster_policy` to tell.

May import: shapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.graph.shapes import block, every, fields, filled, items, number, text, texts, word

if TYPE_CHECKING:
    from scaffold.graph.shapes import Shape, Steps, Wrong

_OPERATORS = word("In", "NotIn", "Exists", "DoesNotExist")


def _expression(value: dict[str, Any], at: Steps) -> Wrong:
    wants = value["operator"] in {"In", "NotIn"}
    if wants != bool(value.get("values")):
        yield at, f"{value['operator']} is written {'with' if wants else 'without'} values", ""


def _one(value: dict[str, Any], at: Steps) -> Wrong:
    """Definitions ask for exactly one key; of what they do not know they would keep nothing."""
    if len(value) != 1:
        listed = " and ".join(sorted(value)) or "nothing"
        yield at, f"one key is needed here, not {listed}", "make an entry of each"


def _range(value: dict[str, Any], at: Steps) -> Wrong:
    if value["start"] >= value["end"]:
        yield at, "start is not below end", ""


_SELECTOR = fields(
    closed=True,
    matchLabels=texts,
    matchExpressions=items(
        every(fields(("key", "operator"), closed=True, key=text, operator=_OPERATORS, values=items(text)), _expression)
    ),
)
_PODS = fields(("podSelector",), closed=True, namespaceSelector=_SELECTOR, podSelector=_SELECTOR)
_CHOSEN: dict[str, Any] = {"namespaces": _SELECTOR, "pods": _PODS}
_SUBJECT = every(fields(**_CHOSEN), _one)
_SOURCES = filled(every(fields(**_CHOSEN), _one))
_TARGETS = filled(every(fields(**_CHOSEN, networks=filled(block), domainNames=filled(text)), _one))
_BOUNDS = every(fields(("start", "end"), start=number(1), end=number(1)), _range)
_PORT = fields(destinationPort=every(fields(closed=True, number=number(1), range=_BOUNDS), _one))
_PROTOCOLS = filled(every(fields(tcp=_PORT, udp=_PORT, sctp=_PORT, destinationNamedPort=text), _one))
_TRANSPORT = word("TCP", "UDP", "SCTP")
_PORTS = items(
    every(
        fields(
            portNumber=fields(("port",), protocol=_TRANSPORT, port=number(1)),
            portRange=every(fields(("start", "end"), protocol=_TRANSPORT, start=number(1), end=number(1)), _range),
            namedPort=text,
        ),
        _one,
    )
)


def _unnamed(value: dict[str, Any], at: Steps) -> Wrong:
    """Only pods have named ports: their definitions refuse such a rule."""
    kinds = {key for peer in value.get("to", ()) for key in peer} & {"networks", "nodes", "domainNames"}
    listed = (*value.get("protocols", ()), *value.get("ports", ()))
    if kinds and any(not {"destinationNamedPort", "namedPort"}.isdisjoint(port) for port in listed):
        yield at, f"a port by its name, of {', '.join(sorted(kinds))}, which name none", "write its number"


def _policy(needed: tuple[str, ...], rule: dict[str, Any], **more: Any) -> Shape:
    """Return the shape of one kind.

    Args:
        needed: keys that have to be there.
        rule: what its rules hold besides their peers.
        more: what it holds besides its subject and its rules.
    """
    return fields(
        needed,
        subject=_SUBJECT,
        ingress=items(fields(("action", "from"), name=text, from_=_SOURCES, **rule)),
        egress=items(every(fields(("action", "to"), name=text, to=_TARGETS, **rule), _unnamed)),
        **more,
    )


_OLD: dict[str, Any] = {"ports": _PORTS}
_RANK = number(0, 1000)
SPECS = {
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"): _policy(
        ("tier", "priority", "subject"),
        {"action": word("Accept", "Deny", "Pass"), "protocols": _PROTOCOLS},
        tier=word("Admin", "Baseline"),
        priority=_RANK,
    ),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"): _policy(
        ("priority", "subject"), {"action": word("Allow", "Deny", "Pass"), **_OLD}, priority=_RANK
    ),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"): _policy(
        ("subject",), {"action": word("Allow", "Deny"), **_OLD}
    ),
}
