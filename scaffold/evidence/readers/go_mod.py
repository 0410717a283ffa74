"""A go.mod: name, and clients of servers among the modules that it requires.

Source: the Go modules reference (go.mod files).

May import: clients, files, model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.evidence.clients import client
from scaffold.evidence.model import Fact, Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text

FILES = ("go.mod",)

_MODULE = re.compile(r"module\s+\"?([^\s\"]+)")
_REQUIRED = re.compile(r"(?:require\s+)?\"?([a-zA-Z0-9][\w.~/-]*)\"?\s+v[0-9]")
_MAJOR = re.compile(r"/v[0-9]+\Z")


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found; what others require is left out."""
    for number, line in enumerate(text.text.split("\n"), 1):
        bare, _, remark = line.partition("//")
        module = _MODULE.match(bare.strip())
        required = _REQUIRED.match(bare.strip())
        if module:
            name = _MAJOR.sub("", module[1]).rpartition("/")[2]
            yield Said(text.place(number), ("metadata", "name"), name)
        elif required and "indirect" not in remark:
            yield from client("go", _MAJOR.sub("", required[1]), text.place(number))
