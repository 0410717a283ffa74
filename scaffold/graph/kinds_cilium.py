"""The shape of Cilium's policies, as far as they are evaluated; what else they hold is for `reach.cilium` to tell.

May import: shapes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.answers.walker import shown
from scaffold.graph.shapes import address, every, excepted, fields, items, number, text, texts, word

if TYPE_CHECKING:
    from scaffold.graph.shapes import Shape, Steps, Wrong

_SELECTOR = fields(
    matchLabels=texts,
    matchExpressions=items(
        fields(
            ("key", "operator"),
            key=text,
            operator=word("In", "NotIn", "Exists", "DoesNotExist"),
            values=items(text),
        )
    ),
)


def _one_kind(value: dict[str, Any], at: Steps) -> Wrong:
    """Cilium drops a policy that says in one rule of two kinds whom it means."""
    kinds = [key for key in sorted(value) if key.startswith(("from", "to")) and key != "toPorts" and value[key]]
    if len(kinds) > 1:
        yield at, f"{' and '.join(kinds)} in one rule", "make two rules of it"


def _one_name(value: dict[str, Any], at: Steps) -> Wrong:
    if ("matchName" in value) == ("matchPattern" in value):
        yield at, "one of matchName and matchPattern is needed", ""


def _port_text(value: Any, at: Steps) -> Wrong:
    if not isinstance(value, str) or not _PORT.fullmatch(value):
        yield at, f"{shown(value)} is no port", "a port is written in quotes: a number, or a name"


_PORT = re.compile(r"[0-9]{1,5}|(?=.*[a-zA-Z])[a-zA-Z0-9-]{1,63}")
_NAMES = items(every(fields(matchName=text, matchPattern=text), _one_name))
_PORTS = items(
    fields(
        ports=items(fields(("port",), port=_port_text, endPort=number(0), protocol=text)),
        rules=fields(dns=_NAMES),
    )
)
_BLOCKS = items(every(fields(cidr=address, except_=items(address)), excepted))


def _rules(word_: str) -> Shape:
    peers: dict[str, Any] = {
        "toFQDNs": _NAMES,
        f"{word_}Endpoints": items(_SELECTOR),
        f"{word_}CIDR": items(address),
        f"{word_}CIDRSet": _BLOCKS,
        f"{word_}Entities": items(text),
    }
    return items(every(fields(toPorts=_PORTS, **peers), _one_kind))


POLICY = fields(
    endpointSelector=_SELECTOR,
    ingress=_rules("from"),
    egress=_rules("to"),
    ingressDeny=_rules("from"),
    egressDeny=_rules("to"),
)
