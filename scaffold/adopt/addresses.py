"""Addresses in what a process is told: variables, words of its command line, and files of configuration.

`http://inventory:8080`, `redis-cart:6379`, `orders.shop.svc.cluster.local:5432`, `https://api.example.com`; a host
alone where a variable is called one (`DB_HOST`, with the port of `DB_PORT` beside it).

May import: draft, documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.adopt.draft import Draft
    from scaffold.documents.editing import Path
    from scaffold.errors import Place

_LAST = 65535
_LONGEST = 1 << 16
"""Of a text that is looked through: what lies behind is no address that anybody typed."""

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?"
_URL = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]{{1,20}})://(?:[^\s/@]{{0,300}}@)?({_HOST})(?::([0-9]{{1,5}}))?(?![\w:])")
_PAIR = re.compile(rf"(?<![\w.:@/-])(?:[^\s/@,;\"'=]{{1,200}}@)?({_HOST}):([0-9]{{2,5}})(?![\w.:])")
_NAMED = re.compile(
    r"(?:^|_)(?:HOST|HOSTNAME|ADDR|ADDRESS|URL|URI|SERVER|SERVERS|ENDPOINT|SERVICE|BROKER|BROKERS|UPSTREAM|BACKEND)$"
)
_PORTS = {
    "http": 80,
    "ws": 80,
    "https": 443,
    "wss": 443,
    "grpc": 443,
    "redis": 6379,
    "rediss": 6379,
    "amqp": 5672,
    "amqps": 5671,
    "postgres": 5432,
    "postgresql": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "mongodb": 27017,
    "nats": 4222,
    "kafka": 9092,
    "memcached": 11211,
    "smtp": 25,
    "smtps": 465,
    "ldap": 389,
    "ldaps": 636,
    "otlp": 4317,
    "zipkin": 9411,
    "clickhouse": 9000,
    "cassandra": 9042,
    "mqtt": 1883,
    "mqtts": 8883,
    "sftp": 22,
}
_OF_FILES = frozenset(("file", "unix", "classpath", "data", "jdbc", "mem"))


class Address(Value, frozen=True, order=True):
    """A host as somebody wrote it, its port (0 where nobody says it), and where.

    In a `loose` text any word may look like an address: it is one only where its host is known.
    """

    host: str
    port: int
    place: Place
    loose: bool = False


def addresses(draft: Draft) -> list[Address]:
    """Return the addresses in what the containers of an App are told, each once."""
    found: dict[tuple[str, int], Address] = {}
    for one in _all(draft):
        known = found.setdefault((one.host, one.port), one)
        if known.loose and not one.loose:
            found[one.host, one.port] = one
    return [*found.values()]


def _all(draft: Draft) -> Iterator[Address]:
    for path, text, beside in _texts(draft):
        loose = "files" in path or "singleFiles" in path
        for host, port in _in(text[:_LONGEST], str(path[-1]) if beside is not None else "", beside or {}):
            yield Address(host.lower().rstrip("."), port, draft.document.place(path), loose)
    for text, place in draft.hidden:
        for host, port in _in(text[:_LONGEST], "", {}):
            yield Address(host.lower().rstrip("."), port, place)


def _texts(draft: Draft) -> Iterator[tuple[Path, str, Mapping[str, str] | None]]:
    """Yield texts by their paths; a variable with those beside it."""
    spec = draft.spec
    config = spec.get("config", {})
    env = config.get("env", {})
    yield from ((("spec", "config", "env", name), text, env) for name, text in env.items())
    for key in ("files", "singleFiles"):
        yield from ((("spec", "config", key, path), text, None) for path, text in config.get(key, {}).items())
    told: dict[Path, Mapping[str, Any]] = {("spec",): spec}
    told |= {("spec", key, name): one for key in ("init", "sidecars") for name, one in spec.get(key, {}).items()}
    for at, one in told.items():
        for key in ("command", "args"):
            yield from (((*at, key, index), text, None) for index, text in enumerate(one.get(key, ())))
        own = one.get("env", {}) if at != ("spec",) else {}
        yield from (((*at, "env", name), text, own) for name, text in own.items())


def _in(text: str, name: str, beside: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the hosts and ports in a text; `name` is that of the variable, if it is one."""
    rest = text
    for found in _URL.finditer(text):
        scheme, host, port = found[1].lower().rpartition("+")[0] or found[1].lower(), found[2], found[3]
        rest = rest.replace(found[0], " ", 1)
        if scheme not in _OF_FILES:
            yield host, _number(port) if port else _PORTS.get(scheme, 0)
    for found in _PAIR.finditer(rest):
        if number := _number(found[2]):
            yield found[1], number
    if name and _NAMED.search(name.upper()) and re.fullmatch(_HOST, text):
        yield text, _beside(name, beside)


def _beside(name: str, beside: Mapping[str, str]) -> int:
    """Return the port that the variable beside a host's says: DB_PORT beside DB_HOST."""
    start = re.sub(r"(?i)_?[a-z]+$", "", name)
    text = next((beside[one] for one in (f"{start}_PORT", f"{start}_port", f"{name}_PORT") if one in beside), "")
    return _number(text) if text.isdecimal() else 0


def _number(text: str) -> int:
    number = int(text[:6]) if text.isdecimal() else 0
    return number if number <= _LAST else 0
