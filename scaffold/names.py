"""Names of objects made from other text.

May import: nothing of the project.
"""

from __future__ import annotations

import hashlib
import re


def slug(text: str, identity: str = "") -> str:
    """Return a DNS-1123 label for any text; where letters were lost or the text is long, a digest keeps it unique."""
    clean = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if clean == text and len(clean) <= MAX_SLUG:
        return clean
    stem = clean[: MAX_SLUG - 7].strip("-") or "x"
    return f"{stem}-{hashlib.sha256((identity or text).encode()).hexdigest()[:6]}"


MAX_SLUG = 56
"""Leaves room in a label (63) for what is joined to it."""
