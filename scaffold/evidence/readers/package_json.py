"""A package.json: name, version, and clients of servers among the dependencies.

Source: npm's documentation of package.json.

May import: json_package, files, model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.evidence.json_package import package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text
    from scaffold.evidence.model import Fact

FILES = ("package.json",)


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found; what is only needed to build and test is nothing that runs."""
    return package(text, "npm", "dependencies")
