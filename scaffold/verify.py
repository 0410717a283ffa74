"""Verify a rendered bundle before anything is written: read each file back as its type, run every check.

May import: checks, risks, exempted, registry, manifests, finding, documents, bundle.file, errors, value.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from scaffold import checks
from scaffold.documents import rereading, rereading_json, rereading_markdown
from scaffold.errors import FindingsError
from scaffold.exempted import exempted
from scaffold.finding import Finding, ordered
from scaffold.manifests import Manifest, Rendered
from scaffold.registry import registry
from scaffold.risks import risks
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scaffold.bundle.file import Bundle, File
    from scaffold.errors import Problem
    from scaffold.system.model import System

    Reader = Callable[[str, str], tuple[list[Any], list[Problem]]]

# Each type of file, by its suffix: the same ones as `escape.ESCAPES` and `positions.POSITIONS`. Objects stand in YAML.
READERS: dict[str, Reader] = {
    ".json": rereading_json.reread,
    ".md": rereading_markdown.reread,
    ".yaml": rereading.reread,
}


class Verified(Value, frozen=True):
    """A bundle in which no check found an error: the only thing that can be written. Its findings are no errors."""

    bundle: Bundle
    findings: tuple[Finding, ...]


def verify(bundle: Bundle, system: System) -> Verified:
    """Run every check over a bundle.

    Args:
        bundle: what `render` returned.
        system: what it was rendered from; the policies must allow exactly its edges.

    Raises:
        FindingsError: with every error, and the warnings beside them.
    """
    manifests, unreadable = objects(bundle.files)
    findings: set[Finding] = {*unreadable, *risks(system)}
    rendered = Rendered(system, manifests, bundle.files)
    for check in registry(checks.__name__).values():
        findings.update(check(rendered))
    left = ordered(exempted(findings, rendered))
    if any(finding.severity == "error" for finding in left):
        raise FindingsError(left)
    return Verified(bundle, left)


def objects(files: Iterable[File]) -> tuple[tuple[Manifest, ...], tuple[Finding, ...]]:
    """Read files back: return their objects, and what is wrong with them as files."""
    found = [one for file in files for one in _read(file)]
    manifests = tuple(one for one in found if isinstance(one, Manifest))
    return manifests, tuple(one for one in found if isinstance(one, Finding))


def _read(file: File) -> Iterator[Manifest | Finding]:
    """Yield a file's objects, and what is wrong with it; a type that is not known is read as YAML."""
    type_ = PurePosixPath(file.path).suffix
    values, problems = READERS.get(type_, rereading.reread)(file.text, file.path)
    for problem in problems:
        yield Finding("error", "documents/unreadable", str(problem.place), problem.message)
    if problems or type_ in {".json", ".md"}:
        return
    if not values:
        yield Finding("error", "documents/unreadable", file.path, "holds no object")
    for value in values:
        if isinstance(value, dict) and value.get("kind") and value.get("apiVersion"):
            yield Manifest(file, value)
        else:
            yield Finding("error", "documents/unreadable", file.path, "not an object with apiVersion and kind")
