"""Verify a rendered bundle before anything is written: read it back with an independent parser, run every check.

May import: checks, manifests, finding, documents, bundle.file, errors.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scaffold import checks
from scaffold.documents.rereading import reread
from scaffold.errors import FindingsError
from scaffold.finding import SEVERITIES, Finding
from scaffold.manifests import Manifest, Rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scaffold.bundle.file import Bundle
    from scaffold.system.model import System

    Check = Callable[[Rendered], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle in which no check found an error: the only thing that can be written. Its findings are no errors."""

    bundle: Bundle
    findings: tuple[Finding, ...]


def registry() -> dict[str, Check]:
    """Return every check by its id, `section/name`: the modules of the folder `checks`, sorted."""
    found: dict[str, Check] = {}
    for module in pkgutil.walk_packages(checks.__path__, f"{checks.__name__}."):
        if not module.ispkg:
            section, name = module.name.split(".")[-2:]
            found[f"{section}/{name}".replace("_", "-")] = importlib.import_module(module.name).check
    return dict(sorted(found.items()))


def verify(bundle: Bundle, system: System) -> Verified:
    """Run every check over a bundle.

    Args:
        bundle: what `render` returned.
        system: what it was rendered from; the policies must allow exactly its edges.

    Raises:
        FindingsError: with every error, and the warnings beside them.
    """
    findings: set[Finding] = set()
    manifests: list[Manifest] = []
    for file in bundle.files:
        values, problems = reread(file.text, file.path)
        findings.update(
            Finding("error", "documents/unreadable", str(problem.place), problem.message) for problem in problems
        )
        if not problems and not values:
            findings.add(Finding("error", "documents/unreadable", file.path, "holds no object"))
        for value in values:
            if isinstance(value, dict) and value.get("kind") and value.get("apiVersion"):
                manifests.append(Manifest(file, value))
            else:
                findings.add(
                    Finding("error", "documents/unreadable", file.path, "not an object with apiVersion and kind")
                )
    rendered = Rendered(system, tuple(manifests), bundle.files)
    for check in registry().values():
        findings.update(check(rendered))
    ordered = tuple(sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding)))
    if any(finding.severity == "error" for finding in ordered):
        raise FindingsError(ordered)
    return Verified(bundle, ordered)
