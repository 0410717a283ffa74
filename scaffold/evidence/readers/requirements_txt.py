"""A requirements.txt: clients of servers among what is installed.

Source: pip's documentation of the requirements file format.

May import: clients, pyproject_toml (spelling of names), files, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.evidence.clients import client
from scaffold.evidence.readers.pyproject_toml import normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text
    from scaffold.evidence.model import Fact

FILES = ("requirements.txt",)


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    for number, line in enumerate(text.text.split("\n"), 1):
        bare = line.strip()
        if bare and bare[0] not in "#-":
            yield from client("python", normalized(bare), text.place(number))
