"""Ports on one line, as containers' own tools write them: `8080/http, metrics=9090/http, 80:8080/http`.

    [NAME=][SERVICE:]PORT[-LAST][/PROTOCOL]

May import: entries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.wizard.spelling.entries import Misspelt, entries, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = "8080/http; with a name metrics=9090/http; another port of the Service 80:8080/http; several between commas"
_CALLED = frozenset(("http", "grpc"))
_PORT = re.compile(
    r"(?:(?P<name>[^=:/\s]{1,40})=)?(?:(?P<service>[0-9]{1,6}):)?(?P<port>[0-9]{1,6})(?:-(?P<last>[0-9]{1,6}))?"
    r"(?:/(?P<protocol>[A-Za-z]{1,10}))?"
)


def read(text: str, protocol: str) -> dict[str, dict[str, Any]]:
    """Return what is declared of ports; `protocol` is that of an entry without one.

    Raises:
        Misspelt: an entry is none, or two have one name.
    """
    made: dict[str, dict[str, Any]] = {}
    for entry in entries(text):
        found = _PORT.fullmatch(entry)
        if found is None:
            raise Misspelt("no port", f"for example {FORM}")
        spoken = (found["protocol"] or protocol).lower()
        name = found["name"] or (spoken if spoken not in made else f"{spoken}-{found['port']}")
        if name in made:
            raise Misspelt("two ports of one name", "give one of them another name: metrics=9090/http")
        made[name] = {"port": int(found["port"])}
        if found["last"]:
            made[name]["endPort"] = int(found["last"])
        if found["service"]:
            made[name]["service"] = int(found["service"])
        made[name]["protocol"] = spoken
    return made


def spell(ports: Mapping[str, Mapping[str, Any]], protocol: str = "tcp") -> str | None:
    """Spell ports; None where more is said of one than a line says.

    One of which no protocol is known speaks what it is called, or `protocol`.
    """
    made, spoken_before = [], set()
    for name, port in ports.items():
        if port.keys() - {"port", "endPort", "service", "protocol"} or "port" not in port:
            return None
        spoken = str(port.get("protocol") or (name if name in _CALLED else protocol))
        usual = spoken if spoken not in spoken_before else f"{spoken}-{port['port']}"
        spoken_before.add(spoken)
        last = f"-{port['endPort']}" if port.get("endPort") else ""
        service = f"{port['service']}:" if port.get("service") not in {None, port["port"]} else ""
        made.append(f"{'' if name == usual else f'{name}='}{service}{port['port']}{last}/{spoken}")
    return spelled(made)
