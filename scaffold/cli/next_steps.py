"""What to do after a bundle was written: computed from what it holds.

May import: everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from scaffold.bundle.disk import Change
    from scaffold.bundle.file import Bundle
    from scaffold.system.model import System


def next_steps(bundle: Bundle, system: System, made: Iterable[Change], out: Path) -> str:
    """Return numbered steps: what to apply in which order, what to hand to whom, what is still open."""
    steps = [f"{number}. {step}" for number, step in enumerate(_steps(bundle, system, made, out), 1)]
    return "\n".join(["", "Next:", *(f"  {step}" for step in steps)])


def _steps(bundle: Bundle, system: System, made: Iterable[Change], out: Path) -> Iterator[str]:
    yield f"Commit {out}/ and have it reviewed, SECURITY.md first; render again whenever an answer changes."
    yield (
        f"Apply, namespaces first, so that no pod runs without their policies:\n"
        f"     kubectl apply --server-side -k {out}/namespaces && kubectl apply --server-side -k {out}/apps"
    )
    owners = sorted({member.app.team for member in system.members})
    yield f"Or by owner: the platform team {out}/namespaces; {', '.join(owners)} their own folders below {out}/apps."
    flags = [file.path for file in bundle.files if file.scope == "control-plane"]
    if flags:
        yield f"Install on the control plane as each file says: {', '.join(f'{out}/{path}' for path in flags)}"
    kept = sorted({"/".join(file.path.split("/")[:3]) for file in bundle.files if file.scope == "on-demand"})
    if kept:
        yield f"Keep for incidents, and apply it to none before: {', '.join(f'{out}/{path}' for path in kept)}"
    requested = [file.path for file in bundle.files if file.scope == "request"]
    if requested:
        handed = "\n".join(f"     {out}/{path}" for path in requested)
        yield f"Hand over, to be opened by their owners before the flows work:\n{handed}"
    unpinned = [member.app.key for member in system.members if "@" not in member.app.spec.image]
    if unpinned:
        where = f"{out}/apps/<namespace>/<app>/kustomization.yaml"
        yield f"Let the pipeline pin the image's digest, in {where}: {', '.join(unpinned)}"
    removed = [
        change.path for change in made if change.kind == "removed" and not change.path.endswith("kustomization.yaml")
    ]
    if removed:
        gone = sorted({path.split("/")[1] for path in removed if path.endswith("/namespace.yaml")})
        warning = f"; with pruning, namespaces go with all they hold: {', '.join(gone)}" if gone else ""
        yield f"Take out of the cluster what is not rendered any more ({len(removed)} objects){warning}."
