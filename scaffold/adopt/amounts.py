"""Quantities of Kubernetes, in its many spellings, as answers spell them.

Source: Kubernetes, apimachinery `pkg/api/resource/quantity.go`.

May import: nothing of the project.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

_QUANTITY = re.compile(r"(\d{1,18}(?:\.\d{0,9})?|\.\d{1,9})(m|u|n|[kMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?")
_UNITS = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(1000),
    **{unit: Decimal(1000) ** (power + 2) for power, unit in enumerate("MGTPE")},
    **{f"{unit}i": Decimal(1024) ** (power + 1) for power, unit in enumerate("KMGTPE")},
}
_MEBI = 1 << 20


def cpu(text: str) -> str:
    """Return CPU as answers spell it, rounded up to a thousandth; nothing where it is no quantity."""
    found = _number(text)
    if found is None or found <= 0:
        return ""
    milli = int((found * 1000).to_integral_value(ROUND_CEILING))
    return str(milli // 1000) if milli % 1000 == 0 else f"{milli}m"


def size(text: str) -> str:
    """Return a size as answers spell it, rounded up to a mebibyte; nothing where it is no quantity."""
    found = _number(text)
    if found is None or found <= 0:
        return ""
    mebi = int((found / _MEBI).to_integral_value(ROUND_CEILING))
    return f"{mebi // 1024}Gi" if mebi % 1024 == 0 else f"{mebi}Mi"


def _number(text: str) -> Decimal | None:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    unit = found[2] or ""
    return Decimal(found[1]) * (Decimal(f"1{unit}") if unit[:1] in {"e", "E"} and unit not in _UNITS else _UNITS[unit])
