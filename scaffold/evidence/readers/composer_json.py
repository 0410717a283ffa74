"""A composer.json: name, version, and clients of servers among what it requires.

Source: Composer's documentation of its schema.

May import: json_package, files, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.evidence.json_package import package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text
    from scaffold.evidence.model import Fact

FILES = ("composer.json",)


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    return package(text, "php", "require")
