"""Addresses of other services in values of configuration: URLs, `host:port`, and what drivers of databases read.

May import: servers, value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.evidence.servers import SCHEMES
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 8192
_URL = re.compile(r"(?:jdbc:)?([a-zA-Z][a-zA-Z0-9+.-]{0,30})://(?:[^/?#\s@]*@)?([^/?#\s@]*)")
# Drivers' own forms: of Go for MySQL; key and value, for libpq and ADO.NET.
_GO = re.compile(r"@(?:tcp|udp)\(([^)\s]+)\)")
_KEYED = re.compile(
    r"(?:^|[;\s])(?:host|server|data source)\s*=\s*(?:tcp:)?([A-Za-z0-9_.-]+)(?:[,:]([0-9]{1,5}))?", re.IGNORECASE
)
_PORT = re.compile(r"(?:^|[;\s])port\s*=\s*([0-9]{1,5})", re.IGNORECASE)
_BARE = re.compile(r"[A-Za-z0-9_.-]+(?::[0-9]{1,5})?(?:\s*,\s*[A-Za-z0-9_.-]+(?::[0-9]{1,5})?)*")
_HOST = re.compile(r"([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?::([0-9]{1,5}))?")
_HIGHEST = 65535
WEB = frozenset(("http", "https", "ws", "wss"))
KEYED = "keyed"
"""What stands for the scheme of a host that a key names: `host=db port=5432`."""


class Address(Value, frozen=True):
    """A host, and its port (0: none is named); `scheme` is empty where a value is nothing but hosts."""

    host: str
    port: int
    scheme: str = ""


def addresses(value: str) -> Iterator[Address]:
    """Yield the addresses in a value, without users, passwords, and what follows them."""
    value = value[:_LONGEST].strip()
    found = False
    for url in _URL.finditer(value):
        found = True
        scheme = url[1].lower().partition("+")[0]
        rest = value[url.end() :].split(maxsplit=1)
        if scheme not in WEB and rest and "@" in rest[0]:
            continue  # a password with a slash in it: what stands before is no host
        yield from _hosts(url[2], scheme, SCHEMES.get(scheme, 0))
    for named in _GO.finditer(value):
        found = True
        yield from _hosts(named[1], "mysql", SCHEMES["mysql"])
    keyed = None if found else _KEYED.search(value)
    if keyed:
        port = keyed[2] or (again[1] if (again := _PORT.search(value)) else "0")
        yield from _hosts(f"{keyed[1]}:{port}", KEYED, 0)
    elif not found and _BARE.fullmatch(value):
        yield from _hosts(value, "", 0)


def _hosts(text: str, scheme: str, usual: int) -> Iterator[Address]:
    for part in text.split(","):
        host = _HOST.fullmatch(part.strip())
        if host and int(host[2] or 0) <= _HIGHEST:
            yield Address(host[1].lower(), int(host[2] or 0) or usual, scheme)
