"""What is said of a name that the Platform does not have.

May import: walker (spelling of values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.walker import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Collection


def unknown(what: str, name: str, known: Collection[str], field: str, declared: str = "it") -> tuple[str, str]:
    """Return why a name is none of a Platform's, and what to write instead.

    Args:
        what: what it would be the name of: `gateway`.
        name: as the App wrote it.
        known: the names that the Platform has.
        field: where they are declared below its spec.
        declared: what has to be declared there.
    """
    why = f"the Platform has no {what} {shown(name)}{nearest(name, known)}"
    there = f"it has: {', '.join(known)}" if known else f"declare {declared} in the Platform under spec.{field}"
    return why, there
