"""What to do after a bundle was written: computed from what it holds.

May import: everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from scaffold.bundle.disk import Change
    from scaffold.platforms import Part


def next_steps(part: Part, made: Iterable[Change], out: Path) -> str:
    """Return numbered steps for one Platform: what to apply in which order, what to hand to whom, what is still open.

    Args:
        part: what was rendered for it.
        made: what was done to each file of the output.
        out: the output; what is another Platform's in it is left out.
    """
    removed = [
        change.path.removeprefix(part.folder)
        for change in made
        if change.kind == "removed" and change.path.startswith(part.folder)
    ]
    steps = [f"{number}. {step}" for number, step in enumerate(_steps(part, removed, out / part.folder), 1)]
    return "\n".join(
        ["", f"Next, for {part.folder[:-1]}:" if part.folder else "Next:", *(f"  {step}" for step in steps)]
    )


def _steps(part: Part, removed: list[str], out: Path) -> Iterator[str]:
    bundle, system = part.verified.bundle, part.system
    yield f"Commit {out}/ and have it reviewed, SECURITY.md first; render again whenever an answer changes."
    by_hand = [file.path for file in bundle.files if file.scope == "app" and file.path.endswith(".md")]
    if by_hand:
        listed = "\n".join(f"     {out}/{path}" for path in by_hand)
        yield f"Make by hand what pods wait for, each as its file says:\n{listed}"
    yield from _applied(part, out)
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
    objects = [path for path in removed if not path.endswith("kustomization.yaml")]
    if objects:
        gone = sorted({path.split("/")[1] for path in objects if path.endswith("/namespace.yaml")})
        warning = f"; with pruning, namespaces go with all they hold: {', '.join(gone)}" if gone else ""
        yield f"Take out of the cluster what is not rendered any more ({len(objects)} objects){warning}."


def _applied(part: Part, out: Path) -> Iterator[str]:
    """Yield how to apply what is there: of a part of the answers' bundle, that may be one of two folders."""
    tops = [
        top for top in ("namespaces", "apps") if any(f.path.startswith(f"{top}/") for f in part.verified.bundle.files)
    ]
    commands = " && ".join(f"kubectl apply --server-side -k {out}/{top}" for top in tops)
    if tops == ["apps"]:
        yield f"Apply, behind what the platform team keeps of their namespaces:\n     {commands}"
    elif commands:
        yield f"Apply, namespaces first, so that no pod runs without their policies:\n     {commands}"
    if len(tops) > 1:
        owners = ", ".join(sorted({member.app.team for member in part.system.members}))
        yield f"Or by owner: the platform team {out}/namespaces; {owners} their own folders below {out}/apps."
