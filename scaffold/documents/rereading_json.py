"""Read our own JSON: rendered files, and templates for their lint.

May import: errors.
"""

from __future__ import annotations

import json
from typing import Any

from scaffold.errors import Place, Problem


def reread(text: str, file: str) -> tuple[list[Any], list[Problem]]:
    """Read our own output back, strictly.

    Returns:
        The one value, and one problem where the text is not JSON, repeats a key or holds a number that JSON has not.
    """
    try:
        return [strict(text)], []
    except json.JSONDecodeError as error:
        return [], [Problem(Place(file, error.lineno, error.colno), f"not JSON: {error.msg}")]
    except ValueError as error:
        return [], [Problem(Place(file, 1, 1), f"not JSON: {error}")]


def strict(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is not JSON, repeats a key, or is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(name for name in names if names.count(name) > 1)!r}")
    return made


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number in JSON")
