"""Quantities of answers as numbers: CPU in thousandths, sizes in bytes.

May import: nothing of the project.
"""

from __future__ import annotations

_UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}


def milli(cpu: str) -> int:
    """Return CPU such as `250m` or `2` in thousandths."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


def size_bytes(size: str) -> int:
    """Return a size such as `64Mi` in bytes."""
    return int(size[:-2]) * _UNITS[size[-2:]]
