"""Ports that were found get names, each one once; what is said of one in several places is put together.

May import: servers, model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.evidence.servers import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.evidence.model import Port

_NAME = re.compile(r"(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 15


def named(given: Iterable[Port]) -> dict[str, Port]:
    """Return ports by the names they get, in the order in which they are first named."""
    merged: dict[tuple[int, int, str], Port] = {}
    for port in given:
        key = (port.number, port.last, _transport(port))
        known = merged.setdefault(key, port)
        merged[key] = replace(known, protocol=known.protocol or port.protocol, name=known.name or port.name)
    taken: dict[str, Port] = {}
    for port in merged.values():
        if not any(_within(port, other) for other in merged.values()):
            taken[_free(_wanted(port), port, taken)] = port
    return taken


def _transport(port: Port) -> str:
    return port.protocol if port.protocol in {"udp", "sctp"} else "tcp"


def _within(port: Port, other: Port) -> bool:
    """Tell whether another one is a range that a port, or a shorter range, lies in."""
    if other is port or not other.last or _transport(port) != _transport(other):
        return False
    longer = other.last - other.number > (port.last or port.number) - port.number
    return longer and other.number <= port.number and (port.last or port.number) <= other.last


def _wanted(port: Port) -> str:
    if port.name and len(port.name) <= _LONGEST and _NAME.fullmatch(port.name):
        return port.name
    usual = USUAL.get(port.number, "") if not port.last else ""
    return usual or (port.protocol if port.protocol in {"http", "grpc"} else "") or f"{_transport(port)}-{port.number}"


def _free(wanted: str, port: Port, taken: dict[str, Port]) -> str:
    if wanted not in taken:
        return wanted
    numbered = f"{wanted[: _LONGEST - 6].rstrip('-')}-{port.number}"
    return numbered if numbered not in taken else f"{_transport(port)}-{port.number}"
