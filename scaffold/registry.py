"""A folder of checks is their registry: each module is one, and its name is its id.

May import: nothing of the project (it imports the checks when it is called).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache  # modules do not come and go while a program runs
def registry(package: str) -> Mapping[str, Any]:
    """Return the `check` of every module below a package by its id, `section/name`, sorted."""
    return MappingProxyType({name: module.check for name, module in modules(package).items()})


@cache  # modules do not come and go while a program runs
def modules(package: str) -> Mapping[str, Any]:
    """Return every module below a package by its id, `section/name`, sorted."""
    found: dict[str, Any] = {}
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not module.ispkg:
            section, name = module.name.split(".")[-2:]
            found[f"{section}/{name}".replace("_", "-")] = importlib.import_module(module.name)
    return MappingProxyType(dict(sorted(found.items())))
