"""A Gemfile: clients of servers among the gems; it is Ruby, of which only `gem "NAME"` is read.

Source: Bundler's documentation of the Gemfile.

May import: clients, files, model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.evidence.clients import client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text
    from scaffold.evidence.model import Fact

FILES = ("Gemfile",)

_GEM = re.compile(r"\s*gem[\s(]+[\"']([A-Za-z0-9_.-]+)[\"']")


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    for number, line in enumerate(text.text.split("\n"), 1):
        found = _GEM.match(line)
        if found:
            yield from client("ruby", found[1], text.place(number))
