"""Where an output is not what `scaffold render` wrote, or not what it would write today.

What: each generated file is there, is as it was written, and is as it would be written today; nothing else lies among
    generated files.
Why: what is reviewed is the answers. A file that is edited, lost or left behind is applied all the same, and says
    something that nobody declared; one that lies beside is applied by whoever applies a folder.
Fields: every path of the lock, and every manifest in the folders of generated files.
Allowed: an App's own kustomization.yaml, and what its team keeps beside it.
Reference: NIST SP 800-53 CM-3 and SI-7, OWASP K8S K01.

May import: bundle, documents, finding, found, errors.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from scaffold.bundle.disk import compared
from scaffold.bundle.folder import text_of
from scaffold.bundle.lock import LOCK, sha256
from scaffold.documents.reading import quoted
from scaffold.errors import Place
from scaffold.finding import Finding
from scaffold.recheck.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.bundle.disk import Change
    from scaffold.bundle.file import Bundle
    from scaffold.bundle.lock import Lock

_RESTORE = (
    "restore it, or render again; an App's own changes go as patches into apps/<namespace>/<app>/kustomization.yaml"
)
_RENDER = "render again, and have the difference reviewed"
_REMEDIES = {
    "edited": _RESTORE,
    "foreign-file": "move it away; what belongs to an App goes beside its own kustomization.yaml",
    "missing": _RENDER,
    "other-blueprint": _RENDER,
    "other-version": _RENDER,
    "outdated": _RENDER,
    "stale": _RENDER,
    "unlisted-file": "move it away, or declare its App",
}
_SEVERITIES: dict[str, Literal["warning", "note"]] = {
    "other-blueprint": "note",
    "other-version": "note",
    "unlisted-file": "warning",
}
_MOST = 10
_MANIFESTS = (".yaml", ".yml", ".json")
_TOPS = ("apps", "control-plane", "namespaces", "on-demand", "requests")
_INDEXES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def from_rendering(bundle: Bundle, lock: Lock, out: Path) -> Iterator[Found]:
    """Yield a finding for each file that is not what rendering gives today.

    Raises:
        OutputError: the folder cannot be used, a path in it leads elsewhere, or it holds another part.
    """
    for change in compared(bundle, out):
        if change.kind == "created":
            yield _missing(out, change.path, was_written=change.path in lock.files)
        elif change.kind == "edited":
            where = _first_difference(change)
            yield _found(out, change.path, "edited", f"edited by hand since it was rendered{_at(where)}", where)
        elif change.kind == "updated":
            where = _first_difference(change)
            why = f"rendering gives something else today{_at(where)}"
            yield _found(out, change.path, "outdated", why, where)
        elif change.kind == "removed":
            yield _found(out, change.path, "stale", "not rendered any more, and still there")


def from_lock(lock: Lock, out: Path) -> Iterator[Found]:
    """Yield a finding for each file that is not as it was written.

    Raises:
        OutputError: the folder cannot be used, or a path in it leads elsewhere.
    """
    for path, entry in lock.files.items():
        text = text_of(out, path)
        if text is None:
            yield _missing(out, path, was_written=True)
        elif entry.ownership == "generated" and sha256(text.encode()) != entry.sha256:
            yield _found(out, path, "edited", "edited by hand since it was rendered")


def versions(lock: Lock, out: Path, tool: str, digests: Mapping[str, str]) -> Iterator[Found]:
    """Yield a note where the program, or one of its blueprints, is not the one that wrote the output."""
    if lock.tool != tool:
        why = f"rendered by scaffold {quoted(lock.tool)}, and this is {quoted(tool)}"
        yield _found(out, LOCK, "other-version", why)
    other = sorted(id_ for id_, digest in lock.blueprints.items() if digests.get(id_) != digest)
    if other:
        named = ", ".join(quoted(id_)[1:-1] for id_ in other[:_MOST])
        more = f" and {len(other) - _MOST} more" if len(other) > _MOST else ""
        yield _found(out, LOCK, "other-blueprint", f"blueprints that changed since it was rendered: {named}{more}")


def foreign(ownership: Mapping[str, str], out: Path) -> Iterator[Found]:
    """Yield an error for each manifest that lies among generated files, and a warning for each that lies in no folder.

    What lies beside an App's own kustomization is its team's.

    Args:
        ownership: of each file that was rendered, by its path.
        out: the output.
    """
    generated = {_folder(path) for path, owner in ownership.items() if owner == "generated"} - {""}
    owned = {_folder(path) for path, owner in ownership.items() if owner == "seeded"} - generated
    for path in _manifests(out, {*(path.partition("/")[0] for path in ownership if "/" in path), *_TOPS}):
        if path in ownership:
            continue
        above = [parent.as_posix() for parent in PurePosixPath(path).parents]
        nearest = next((folder for folder in above if folder in generated or folder in owned), "")
        if nearest in owned:
            continue
        if _is_for_all(nearest):
            yield _found(out, path, "unlisted-file", "nothing that was rendered, and in no kustomization that was")
        else:
            why = "lies among generated files, and was not rendered: who applies the folder applies it, too"
            yield _found(out, path, "foreign-file", why)


def _is_for_all(folder: str) -> bool:
    """Tell whether a folder only lists others: what lies beside them is in nobody's kustomization."""
    *platform, last = folder.split("/")
    return folder == "" or (last in _TOPS[::2] and (not platform or (len(platform) == 1 and platform[0] not in _TOPS)))


def _manifests(out: Path, tops: set[str]) -> Iterator[str]:
    for top in sorted(tops - {".scaffold"}):
        for folder, below, names in os.walk(out / top):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(names):
                if name.endswith(_MANIFESTS) or name in _INDEXES:
                    yield Path(folder, name).relative_to(out).as_posix()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _first_difference(change: Change) -> int:
    """Return the first line on disk that differs; a file that only ends too early differs at its last line."""
    before, after = change.before.split("\n"), change.after.split("\n")
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        if one != other:
            return number
    return min(len(before), len(after))


def _at(line: int) -> str:
    return f"; line {line} is the first that differs"


def _missing(out: Path, path: str, *, was_written: bool) -> Found:
    why = "was rendered, and is missing" if was_written else "would be rendered today, and is missing"
    return _found(out, path, "missing", why)


def _found(out: Path, path: str, name: str, reason: str, line: int = 0) -> Found:
    finding = Finding(_SEVERITIES.get(name, "error"), f"drift/{name}", path, reason, _REMEDIES[name])
    return Found(finding, Place(str(out / path), line, 1 if line else 0))
