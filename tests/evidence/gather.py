"""What the tests of evidence share: tiny folders, and what was found in them, spelled as a table."""

from __future__ import annotations

from pathlib import Path

from scaffold.evidence.compose import services
from scaffold.evidence.folder import look
from scaffold.evidence.model import Gathered


def folder(at: Path, files: dict[str, str]) -> Path:
    """Write files by their paths below a folder."""
    for name, text in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return at


def looked(at: Path, files: dict[str, str]) -> Gathered:
    return look(folder(at, files))


def spelled(gathered: Gathered, root: Path) -> dict[str, str]:
    """Return every value of the document that somebody wrote, by its path: `8080 Dockerfile:2`."""
    found: dict[str, str] = {}

    def walk(value, path):
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, part in parts:
            walk(part, (*path, step))
        if not isinstance(value, (dict, list)):
            place = gathered.source(path)
            where = f" {Path(place.file).relative_to(root)}:{place.line}" if place else ""
            found[".".join(map(str, path))] = f"{value}{where}"

    walk(gathered.document.value["metadata"], ("metadata",))
    walk(gathered.document.value["spec"], ("spec",))
    return {path.removeprefix("spec."): text for path, text in found.items()}


def told(gathered: Gathered, root: Path) -> list[str]:
    """Return what is left, with lines: `Dockerfile:2: why`."""
    return [f"{Path(one.place.file).relative_to(root)}:{one.place.line}: {one.message}" for one in gathered.left]


def composed(at: Path, *files: str | dict[str, str]) -> dict[str, Gathered]:
    """Return the services of a project by name: of one text, or of several files, the first ones named `compose*`."""
    given = {"compose.yaml": files[0]} if isinstance(files[0], str) else files[0]
    folder(at, given)
    return {one.name: one for one in services(*(at / name for name in given if name.startswith("compose")))}
