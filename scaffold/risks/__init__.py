"""Risks that remain: what a system's answers leave open, seen before anything is rendered.

One risk a file; the folder is the registry. Each has `check(system)`, which yields findings that are no errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.finding import SEVERITIES, Finding
from scaffold.registry import registry

if TYPE_CHECKING:
    from scaffold.system.model import System


def risks(system: System) -> tuple[Finding, ...]:
    """Return every risk of a system, the most severe first."""
    found = {finding for check in registry(__name__).values() for finding in check(system)}
    return tuple(sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding)))
