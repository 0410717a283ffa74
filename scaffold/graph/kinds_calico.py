"""The shape of Calico's policies, as far as they are evaluated; what else they hold is for `reach.calico` to tell.

May import: shapes.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from scaffold.answers.walker import shown
from scaffold.graph.shapes import address, every, fields, items, text, word

if TYPE_CHECKING:
    from scaffold.graph.shapes import Steps, Wrong


def _order(value: Any, at: Steps) -> Wrong:
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield at, f"a number is needed, not {shown(value)}", ""


def _port(value: Any, at: Steps) -> Wrong:
    if not isinstance(value, int | str) or isinstance(value, bool):
        yield at, f"{shown(value)} is no port", "write a number, a range as 80:90, or a name"


def _one_family(value: dict[str, Any], at: Steps) -> Wrong:
    """Calico refuses a rule of both families."""
    texts = [*(value.get("nets") or ()), *(value.get("notNets") or ())]
    if len({ip_network(one, strict=False).version for one in texts}) > 1:
        yield at, "networks of both families in one rule", "make two rules of it"


def _protocol(value: Any, at: Steps) -> Wrong:
    if not isinstance(value, int | str) or isinstance(value, bool):
        yield at, f"{shown(value)} is no protocol", "write its name, as TCP, or its number"


_NETS = items(address)
_PORTS = items(_port)
_PEER = fields(nets=_NETS, notNets=_NETS, selector=text, namespaceSelector=text, ports=_PORTS, notPorts=_PORTS)
_RULES = items(
    fields(
        ("action",),
        action=word("Allow", "Deny", "Log", "Pass"),
        protocol=_protocol,
        notProtocol=_protocol,
        source=every(_PEER, _one_family),
        destination=every(_PEER, _one_family),
    )
)
_POLICY = fields(
    order=_order,
    tier=text,
    selector=text,
    namespaceSelector=text,
    types=items(word("Ingress", "Egress")),
    ingress=_RULES,
    egress=_RULES,
)
SPECS = {
    ("projectcalico.org", "GlobalNetworkPolicy"): _POLICY,
    ("projectcalico.org", "NetworkPolicy"): _POLICY,
    ("projectcalico.org", "Tier"): fields(order=_order, defaultAction=word("Deny", "Pass")),
}
