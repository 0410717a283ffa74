"""Parts of objects of anybody's, as far as they have the type that is needed; checks of shape find the others.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import Any


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings of a list; none for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words(value: Any) -> list[str]:
    """Return the items of a list as sorted texts; none for anything else."""
    return sorted(map(str, value)) if isinstance(value, list) else []
