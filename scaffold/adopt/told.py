"""What a run of `adopt` says: what was adopted, what was left, and what is worth knowing.

May import: adopting (types), errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.adopt.adopting import Adopted


def listed(found: Adopted, files: Mapping[str, str]) -> Iterator[str]:
    """Yield what was adopted, a line for each file, then what was left and the notes."""
    width = max(map(len, files), default=0)
    for path, document in zip(files, found.documents, strict=True):
        yield f"adopted  {path:<{width}}  {_summary(document.value)}"
    if found.left:
        yield "\nnot carried over:"
        yield from map(str, found.left)
    if found.notes:
        yield "\ncarried over otherwise than it was written:"
        yield from map(str, found.notes)


def _summary(value: dict[str, object]) -> str:
    metadata, spec = value.get("metadata"), value.get("spec")
    name = metadata.get("name", "") if isinstance(metadata, dict) else ""
    if value.get("kind") == "Platform" or not isinstance(spec, dict):
        return f"Platform {name}"
    parts = [(len(spec.get(key, ())), word) for key, word in _COUNTED]
    said = ", ".join(_several(count, word) for count, word in parts if count)
    kind = spec.get("workload", {}).get("kind", "Deployment")
    return f"{kind}{f': {said}' if said else ''}"


_COUNTED = (
    ("ports", "port"),
    ("from", "caller"),
    ("to", "callee"),
    ("secrets", "secret"),
    ("permissions", "permission"),
    ("sidecars", "sidecar"),
)


def counted(found: Adopted, files: Mapping[str, str], *, written: bool) -> str:
    """Return one line: how much was adopted, left and noted."""
    apps = sum(document.kind == "App" for document in found.documents)
    several = [_several(apps, "App"), f"{len(found.left)} left", _several(len(found.notes), "note")]
    return f"{', '.join(several)}; {_several(len(files), 'file')}" + ("" if written else " (nothing was written)")


def _several(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
