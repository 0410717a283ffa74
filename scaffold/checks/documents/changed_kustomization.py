"""A kustomization applies something else than what was rendered and verified.

What: a generated kustomization lists exactly the objects (or folders) beside it, and does nothing else. A team's own
    one is written with its base alone.
Why: what kubectl applies is what kustomizations list. A file that is left out, a remote resource or a patch undoes
    every check that looked at files.
Fields: Kustomization: every key.
Allowed: apiVersion, kind, resources.
Reference: Kustomize, kustomization file.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from scaffold.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.manifests import Manifest, Rendered


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each kustomization that is missing, or says anything else."""
    found = {_folder(m.path): m for m in rendered.manifests if m.kind == "Kustomization"}
    beside: dict[str, set[str]] = {}
    for manifest in rendered.applied:
        beside.setdefault(_folder(manifest.path), set()).add(PurePosixPath(manifest.path).name)
    members = {m.app.key for m in rendered.system.members}
    wanted = {folder: beside[folder] for folder in beside}
    wanted |= {f"apps/{key}": {"base"} for key in members}
    end = rendered.system.gateway
    spaces = {*rendered.system.namespaces, *([end.namespace] if end else [])}
    wanted |= {"apps": members, "namespaces": spaces, ".": {"namespaces", "apps"}}
    for folder, resources in sorted(wanted.items()):
        if folder not in found:
            yield Finding("error", "documents/changed-kustomization", folder, "no kustomization lists what is here")
            continue
        yield from _differences(found[folder], resources)
    for folder in sorted(set(found) - set(wanted)):
        yield Finding("error", "documents/changed-kustomization", found[folder].path, "lists nothing of the bundle")


def _differences(manifest: Manifest, wanted: set[str]) -> Iterator[Finding]:
    more = sorted(set(manifest.value) - {"apiVersion", "kind", "resources"})
    listed = manifest.value.get("resources") or []
    if more:
        yield Finding(
            "error", "documents/changed-kustomization", manifest.path, f"does more than list: {', '.join(more)}"
        )
    if sorted(listed) != sorted(wanted):
        wrong = ", ".join(sorted(set(listed) ^ wanted)) or "an entry twice"
        yield Finding("error", "documents/changed-kustomization", manifest.path, f"lists other things: {wrong}")


def _folder(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()
