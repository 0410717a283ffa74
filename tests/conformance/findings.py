"""What scanners report, and the published list of what they may: every entry with its reason, and none that is unused.

A scanner's own ignore annotations are no way out: they would stand in everybody's manifests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.helpers import manifests
from harness import loaded

FILE = Path(__file__).parent / "waivers.yaml"
TOOLS = ("kube-score", "checkov", "istioctl")
_ROOT = Path(__file__).parent.parent.parent
_SHORTEST = 40  # a reason is a sentence


@dataclass(frozen=True, order=True)
class Finding:
    """One result: which check of which tool, about which object (`Deployment/shop/orders`)."""

    tool: str
    id: str
    object: str


@dataclass(frozen=True)
class Waiver:
    """Findings that may be, with the reason; `object` may be `Deployment/*`, `link` is a decision here, or a page."""

    tool: str
    id: str
    object: str
    reason: str
    link: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding may be."""
        return (self.tool, self.id) == (finding.tool, finding.id) and fnmatchcase(finding.object, self.object)


_KEYS = {field.name for field in fields(Waiver)}


class WaiverError(Exception):
    """The list is not as it should be: every problem of it, with its entry."""


def waivers(path: Path = FILE) -> list[Waiver]:
    """Return the published list.

    Raises:
        WaiverError: if an entry has other keys than the five, an empty or unlikely value, or stands there twice.
    """
    entries = loaded(path.read_text("utf-8"))
    if not isinstance(entries, list):
        raise WaiverError(f"{path}: a list of waivers, not {type(entries).__name__}")
    problems = [f"{path}: entry {number}: {why}" for number, entry in enumerate(entries, 1) for why in _problems(entry)]
    made = [] if problems else [Waiver(**entry) for entry in entries]
    keys = Counter((one.tool, one.id, one.object) for one in made)
    problems += [f"{path}: {' '.join(key)} stands there twice" for key, times in keys.items() if times > 1]
    if problems:
        raise WaiverError("\n".join(problems))
    return made


def _problems(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return ["not a mapping"]
    problems = [f"unknown key {key!r}" for key in sorted(map(str, entry.keys() - _KEYS))]
    problems += [f"no {key}" for key in sorted(_KEYS) if not isinstance(entry.get(key), str) or not entry[key].strip()]
    if problems:
        return problems
    if entry["tool"] not in TOOLS:
        problems.append(f"no tool {entry['tool']!r}, there are {', '.join(TOOLS)}")
    if entry["object"].count("/") not in {1, 2}:
        problems.append(f"object {entry['object']!r} is not Kind/namespace/name")
    if len(entry["reason"]) < _SHORTEST:
        problems.append("the reason is no sentence")
    link = entry["link"].partition("#")[0]
    if not link.startswith("https://") and not (_ROOT / link).is_file():
        problems.append(f"link {link!r} is no page, and no file of this repository")
    return problems


def unwaived(found: Iterable[Finding], entries: Iterable[Waiver]) -> list[Finding]:
    """Return the findings that nobody waived."""
    entries = list(entries)
    return sorted(one for one in set(found) if not any(entry.covers(one) for entry in entries))


def unused(found: Iterable[Finding], entries: Iterable[Waiver], tool: str) -> list[Waiver]:
    """Return the waivers of a tool for something that it did not report, of any example."""
    found = set(found)
    return [entry for entry in entries if entry.tool == tool and not any(map(entry.covers, found))]


def scanned(folder: Path) -> dict[str, str]:
    """Return the files of a bundle that hold an object, each with the object as findings name it."""
    return {str(path): reference(loaded(path.read_text("utf-8"))) for path in manifests(folder)}


def reference(value: dict) -> str:
    """Return how findings name an object: `Deployment/shop/orders`, `Namespace/shop`; a plugin's policy by its group."""
    meta, group = value["metadata"], value["apiVersion"].partition("/")[0]
    kind = (
        f"{value['kind']}.{group}"
        if value["kind"] == "NetworkPolicy" and group != "networking.k8s.io"
        else value["kind"]
    )
    return "/".join(filter(None, (kind, meta.get("namespace"), meta["name"])))
