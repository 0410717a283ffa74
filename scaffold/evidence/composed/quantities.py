"""Quantities as compose files spell them, as answers do.

Source: the Compose specification (byte values, durations).

May import: nothing of the project.
"""

from __future__ import annotations

import math
import re

_BYTES = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*(b|k|kb|m|mb|g|gb)?", re.IGNORECASE)
_FACTORS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})(?:\.[0-9]+)?s)?(?:[0-9]+(?:ms|us))?")
_CPUS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}")
_GIBI = 1024


def mebibytes(text: str) -> str:
    """Return `512m`, `1gb` or a number of bytes as a size, rounded up: `512Mi`; empty where it is none."""
    found = _BYTES.fullmatch(text.strip())
    if found is None:
        return ""
    size = math.ceil(float(found[1]) * _FACTORS[(found[2] or "").lower().rstrip("b")] / 2**20)
    if size and size % _GIBI == 0:
        return f"{size // _GIBI}Gi"
    return f"{size}Mi" if size else ""


def millicores(text: str) -> str:
    """Return `0.5` as `500m`, `2` as `2`; empty where it is no number of CPUs."""
    if not _CPUS.fullmatch(text.strip()):
        return ""
    cores = math.ceil(round(float(text) * 1000, 3))
    return "" if not cores else f"{cores}m" if cores % 1000 else str(cores // 1000)


def seconds(text: str) -> int:
    """Return how many seconds `1m30s` is; 0 where it is no duration."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return 0
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest
