"""Findings as SARIF 2.1.0, which code scanning reads: results with their places, and each check's requirement.

Paths are relative to the folder that they were found from, the root of a checkout in a pipeline. A fingerprint is made
of what a finding says and of where in the object it is, not of lines: it stays when something is written above it.

May import: rules, found, finding, scaffold (its version).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from scaffold import __version__
from scaffold.recheck.rules import requirement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.errors import Place
    from scaffold.recheck.found import Found

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}
# What code scanning sorts by (GitHub: above 7 is high, above 4 medium).
_SEVERITIES = {"error": "8.0", "warning": "5.0", "note": "2.0"}


def as_sarif(found: Iterable[Found]) -> str:
    """Return a SARIF log of one run."""
    results = tuple(found)
    checks = sorted({one.finding.check for one in results})
    numbers = {check: number for number, check in enumerate(checks)}
    worst = {check: min(_order(one) for one in results if one.finding.check == check) for check in checks}
    driver = {
        "name": "scaffold",
        "version": __version__,
        "rules": [_rule(check, list(_LEVELS)[worst[check]]) for check in checks],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the folder in which scaffold check ran"}}},
        "results": [_result(one, numbers[one.finding.check]) for one in results],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _order(one: Found) -> int:
    return list(_LEVELS).index(one.finding.severity)


def _rule(check: str, severity: str) -> dict[str, Any]:
    text = requirement(check)
    first, _, rest = text.partition("\n")
    return {
        "id": check,
        "name": "".join(word.capitalize() for word in check.replace("/", "-").split("-")),
        "shortDescription": {"text": first},
        "fullDescription": {"text": " ".join(rest.split()) or first},
        "help": {"text": text},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": ["security", check.partition("/")[0]], "security-severity": _SEVERITIES[severity]},
    }


def _result(one: Found, rule: int) -> dict[str, Any]:
    finding = one.finding
    text = f"{finding.reason}\n{finding.remedy}" if finding.remedy else finding.reason
    return {
        "ruleId": finding.check,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        # What looks like a link in a message is one (SARIF 3.11.6).
        "message": {"text": text.replace("](", "] (")},
        "locations": [{"physicalLocation": _location(one.place)}],
        "partialFingerprints": {"scaffoldFinding/v1": _fingerprint(one)},
    }


def _location(place: Place) -> dict[str, Any]:
    path = PurePath(place.file)
    artifact: dict[str, Any] = {"uri": quote(path.as_posix())}
    if path.is_absolute():
        artifact["uri"] = path.as_uri()
    else:
        artifact["uriBaseId"] = "%SRCROOT%"
    location: dict[str, Any] = {"artifactLocation": artifact}
    if place.line:
        location["region"] = {"startLine": place.line, "startColumn": place.column}
    return location


def _fingerprint(one: Found) -> str:
    """Return what stays the same of a finding while other lines change: its file, object, check and reason."""
    finding = one.finding
    in_answers = finding.place == str(one.place)
    where = one.place.file if in_answers else finding.place
    return hashlib.sha256(f"{finding.check}\0{where}\0{finding.reason}".encode()).hexdigest()[:32]
