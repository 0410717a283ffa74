"""What a service has mounted: directories that are written and lost, volumes that are kept, and files of the host.

Source: the Compose specification (volumes, tmpfs).

May import: quantities, interpolation, nodes, model, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.errors import Problem
from scaffold.evidence.composed.interpolation import interpolated
from scaffold.evidence.composed.quantities import mebibytes
from scaffold.evidence.model import Proposal, Said
from scaffold.evidence.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.errors import Place
    from scaffold.evidence.model import Fact
    from scaffold.evidence.nodes import Node

_SIZE = "64Mi"
_KEPT = "10Gi"
_LONGEST = 4096
_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock")


def volumes(service: Node) -> Iterator[Fact]:
    """Yield what is mounted into a service."""
    memory = service.get("tmpfs")
    for entry in memory.items() if memory else ():
        path, _, options = _known(entry).partition(":")
        option = re.search(r"(?:^|,)size=([0-9]+[a-zA-Z]*)", options)
        yield _written(path, entry.place, mebibytes(option[1]) if option else "")
    kept: dict[str, Node] = {}
    given = service.get("volumes")
    for entry in given.items() if given else ():
        kind, source, target = _mounted(entry)
        if kind == "volume" and source and target.startswith("/"):
            kept.setdefault(target, entry)
        elif kind in {"volume", "tmpfs"}:
            size = entry.get("tmpfs", "size")
            yield _written(target, entry.place, mebibytes(size.text) if size else "")
        else:
            yield _of_the_host(source, target, entry.place)
    if kept:
        value = {"kind": "StatefulSet", "volumes": {path: {"size": _KEPT} for path in kept}}
        why = f"volumes keep {', '.join(kept)}; how large they are stands nowhere"
        yield Proposal(("spec", "workload"), value, next(iter(kept.values())).place, why)


def _known(entry: Node) -> str:
    try:
        return interpolated(entry.text)
    except Unknown:
        return entry.text


def _mounted(entry: Node) -> tuple[str, str, str]:
    """Return what kind of mount it is, what is mounted, and where."""
    if isinstance(entry.value, dict):
        kind, source, target = (entry.get(key) for key in ("type", "source", "target"))
        return kind.text if kind else "volume", _known(source) if source else "", _known(target) if target else ""
    # A colon behind a drive's letter, or in a variable that is not known, parts nothing.
    parts = re.findall(r"(?:[A-Za-z]:(?=\\)|\$\{[^}]*\}|[^:])+", _known(entry)[:_LONGEST])
    if len(parts) < 2:  # noqa: PLR2004  a source and a target
        return "volume", "", "".join(parts)
    return ("bind" if re.match(r"[./~$]", parts[0]) else "volume"), parts[0], parts[1]


def _written(path: str, place: Place, size: str = "") -> Fact:
    if not path.startswith("/"):
        return Problem(place, "a directory that is known when it is started, at the earliest", "declare it under spec")
    return Said(place, ("spec", "security", "writable", path.rstrip("/") or "/"), size or _SIZE)


def _of_the_host(source: str, target: str, place: Place) -> Problem:
    if source in _SOCKETS or target in _SOCKETS:
        why = "the container runtime's socket is mounted: whoever has it is root on the host"
        return Problem(place, why, "no pod of this kind has it; let the service do without")
    why = "a file or directory of the host is mounted, and no pod has it"
    return Problem(place, why, "put it into the image, declare it under spec.config.files, or as a volume")
