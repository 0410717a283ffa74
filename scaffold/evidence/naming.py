"""Names that an App may have, from names that it has elsewhere.

May import: nothing of the project.
"""

from __future__ import annotations

import re

_MOST = 63


def label(text: str, *, digits: bool = False) -> str:
    """Return the nearest DNS-1123 label: lower-case, with '-' for what cannot stand in it; empty where nothing is left.

    Args:
        text: a name of another system: `Orders_API`, `@acme/orders`.
        digits: whether it may begin with one; a Service's may not.
    """
    spelled = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text) if not text.isupper() else text
    clean = re.sub(r"[^a-z0-9]+", "-", spelled.lower()).strip("-")
    if not digits:
        clean = re.sub(r"\A[^a-z]+", "", clean)
    return clean[:_MOST].strip("-")
