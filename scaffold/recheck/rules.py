"""What each finding's check is: its requirement, as it stands above its code.

May import: checks, risks, drift, ended, shape, bundle.plain_values, registry.
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING

from scaffold import checks, risks
from scaffold.bundle import plain_values
from scaffold.recheck import drift, ended, owned, shape
from scaffold.registry import registry

if TYPE_CHECKING:
    from types import ModuleType

# What is found without a check of its own file: by its section, or by its id.
_OTHERS: dict[str, ModuleType] = {
    "drift": drift,
    "exceptions": ended,
    "documents/misshapen": shape,
    "documents/taken-out": owned,
    "documents/unbuilt": owned,
    "documents/unreadable": shape,
    "secrets/plain-value": plain_values,
}

_UNUSED = """An exception relaxes nothing.

What: each exception allows something that is found in its container.
Why: it would say that something is open which is not, or is open in a way that nobody described.
Fields: App spec.exceptions.
Reference: NIST SP 800-53 CA-5, plan of action and milestones."""


def requirement(check: str) -> str:
    """Return the text of a check, without what it may import: one line, and then What, Why, Fields and so on."""
    known = {**registry(checks.__name__), **registry(risks.__name__)}
    section = check.partition("/")[0]
    if check == "exceptions/unused":
        return _UNUSED
    if check in known:
        module = importlib.import_module(known[check].__module__)
    elif check in _OTHERS or section in _OTHERS:
        module = _OTHERS.get(check) or _OTHERS[section]
    else:
        return check
    return inspect.cleandoc(module.__doc__ or check).partition("May import:")[0].rstrip()
