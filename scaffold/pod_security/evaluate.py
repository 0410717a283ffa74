"""Ask what of a pod the Pod Security Standards forbid, at a level and at any of some versions, as admission would.

    evaluate({"metadata": ..., "spec": ...}, rules(table(), "restricted", ["v1.35"]))

May import: check, pod, registry, value; the folders of checks when it is called.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from scaffold.pod_security.pod import Pod
from scaffold.registry import registry
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.pod_security.check import Check, Rule

Level = Literal["baseline", "restricted"]
UNREADABLE = "unreadable"
_VERSION = re.compile(r"v?1\.([0-9]{1,4})")


class Violation(Value, frozen=True, order=True):
    """One thing that a check forbids: the check's id, the place as a JSON pointer into the pod, and the reason."""

    check: str
    place: str
    reason: str


def table() -> dict[str, Check]:
    """Return every check by its level and name: `restricted/run-as-user`."""
    return {**registry("scaffold.pod_security.baseline"), **registry("scaffold.pod_security.restricted")}


def rules(checks: Mapping[str, Check], level: Level, versions: Iterable[str]) -> tuple[tuple[str, Rule], ...]:
    """Return the rules in force at a level at any of some versions, each once, with the id of its check.

    `restricted` is its own checks and those of `baseline` that none of them overrides. A version is `v1.35`, `1.35`, or
    `latest`; as in admission, one that is newer than every rule, or no version at all, is the latest.
    """
    found: dict[tuple[str, Rule], None] = {}
    for version in versions:
        asked = _minor(version)
        held = [
            (check, rule)
            for name, check in checks.items()
            if name.startswith("baseline/") or level == "restricted"
            if (rule := _rule(check, asked)) is not None
        ]
        overridden = {check.overrides for check, _ in held}
        found |= dict.fromkeys((check.id, rule) for check, rule in held if check.id not in overridden)
    return tuple(found)


def since(checks: Mapping[str, Check], oldest: str) -> list[str]:
    """Return a version, and every later one in which some check changed: they stand for all up to the latest."""
    steps = {step for check in checks.values() for step, _ in check.versions if _minor(step) > _minor(oldest)}
    return [oldest, *sorted(steps, key=_minor)]


def evaluate(pod: Any, held: Iterable[tuple[str, Rule]]) -> list[Violation]:
    """Return what some rules forbid of a pod, sorted; what cannot be read as a pod is a violation, too."""
    try:
        read = msgspec.convert(pod, Pod)
    except (msgspec.ValidationError, UnicodeError) as error:
        return [Violation(UNREADABLE, "", str(error))]
    return sorted({Violation(check, place, reason) for check, rule in held for place, reason in rule(read)})


def _rule(check: Check, asked: int) -> Rule | None:
    """Return the newest rule of a check that is not newer than a version."""
    return next((rule for step, rule in reversed(check.versions) if _minor(step) <= asked), None)


def _minor(version: str) -> int:
    found = _VERSION.fullmatch(version)
    return int(found[1]) if found else sys.maxsize
