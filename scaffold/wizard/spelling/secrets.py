"""Secrets on one line, by the variable or the file that the process reads: `DB_PASSWORD, /etc/secrets/tls-key`.

    VARIABLE | FILE [from KEY[#PROPERTY]]

A value is no part of it: what looks like one is refused, and never repeated.

May import: entries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.wizard.spelling.entries import Misspelt, entries, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = "DB_PASSWORD; a file /etc/secrets/db; where it lies, if you know: DB_PASSWORD from shop/db#password"
_ENTRY = re.compile(r"(?P<where>\S+)(?:\s+from\s+(?P<key>[^\s#]+)(?:#(?P<property>\S+))?)?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_FILE = re.compile(r"(?:/[A-Za-z0-9._-]+)+")


def read(text: str) -> dict[str, dict[str, Any]]:
    """Return the secrets by name, without their store, and without a key where none is named.

    Raises:
        Misspelt: an entry is none, or looks like a value.
    """
    made: dict[str, dict[str, Any]] = {}
    for entry in entries(text):
        if "=" in entry.partition(" from ")[0] or "://" in entry:
            raise Misspelt("that looks like a value", "name the variable alone: no value is ever asked for, or kept")
        found = _ENTRY.fullmatch(entry)
        where = found["where"] if found else ""
        kind = "env" if _VARIABLE.fullmatch(where) else "file" if _FILE.fullmatch(where) else ""
        if found is None or not kind:
            raise Misspelt("no variable, and no path of a file", f"for example {FORM}; never its value")
        made[_name(where)] = {
            **({"key": found["key"]} if found["key"] else {}),
            **({"property": found["property"]} if found["property"] else {}),
            kind: where,
        }
    return made


def _name(where: str) -> str:
    """Return the name of a secret from where it is read: `DB_PASSWORD` is db-password."""
    last = where.rpartition("/")[2] if where.startswith("/") else where
    return re.sub("[^a-z0-9]+", "-", last.lower()).strip("-")[:63].strip("-") or "secret"


def spell(secrets: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Spell secrets; None where more is said of one than a line says."""
    made = []
    for name, secret in secrets.items():
        where = secret.get("env") or secret.get("file")
        if not where or secret.keys() - {"env", "file", "key", "property", "store"} or name != _name(where):
            return None
        key = f" from {secret['key']}" if "key" in secret else ""
        made.append(where + key + (f"#{secret['property']}" if key and secret.get("property") else ""))
    return spelled(made)
