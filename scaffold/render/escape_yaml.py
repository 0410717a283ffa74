"""Values in YAML: a whole scalar, key or flow item, a line of comment, a literal block.

May import: verbatim (stock cookiecutter imports it through `escape`).
"""

from __future__ import annotations

import json
import re
from typing import Any

from scaffold.render.verbatim import Verbatim

# What needs no quotes in YAML 1.1 and 1.2, in block and in flow: words, paths, image references, quantities, networks.
_WORD = r"[A-Za-z/][A-Za-z0-9/_.@-]*(?::[A-Za-z0-9/_.@-]+)*"
_QUANTITY = r"[1-9][0-9]*(?:m|Ki|Mi|Gi|Ti)"
_NETWORK = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}"
_PLAIN = re.compile(rf"(?:{_WORD}|{_QUANTITY}|{_NETWORK})\Z")
_AMBIGUOUS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))

# Escapes as ruamel's dumper spells them, so that output is a fixed point of its round trip.
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
    "\ufeff": "\\uFEFF",
}  # fmt: skip  a table reads better than a column
_ODD = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
# What a literal block may hold: printable lines that neither begin the block with a space nor end in one.
_LITERAL = re.compile(r"(?!\n* )[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]+\Z")
_LOOSE_END = re.compile(r"[ \t\xa0]$|^[ \t\xa0]+$", re.MULTILINE)


def scalar(value: Any) -> str:
    """Serialise a JSON value as one line of YAML that YAML 1.1 and 1.2 read back as exactly that value.

    Raises:
        TypeError: the value is not JSON (an undefined name was already refused by the environment).
    """
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    if isinstance(value, str):
        if _PLAIN.match(value) and value.lower() not in _AMBIGUOUS:
            return str(value)
        return '"' + _ODD.sub(_escape, value) + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(scalar, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(item)}" for key, item in value.items()) + "}"
    raise TypeError(f"a {type(value).__name__} cannot stand in YAML")


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}")  # noqa: PLR2004  one byte


def comment(value: Any) -> Verbatim:
    """Make one line of printable text for behind `# `, whatever the value says."""
    return Verbatim("".join(char if char.isprintable() else " " for char in str(value)).strip())


def block(value: str, indent: int) -> Verbatim:
    """Serialise text as a literal block indented by `indent`; quoted on one line where a block would not be exact."""
    body = value.removesuffix("\n")
    if "\n" not in value or not _LITERAL.match(body) or body.endswith("\n") or _LOOSE_END.search(body):
        return Verbatim(scalar(value))
    header = "|" if value.endswith("\n") else "|-"
    return Verbatim("\n".join([header, *(" " * indent + line if line else "" for line in body.split("\n"))]))
