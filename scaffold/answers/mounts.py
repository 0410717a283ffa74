"""Where files and writable directories may lie in a container, so that nothing hides what the image brings.

May import: schema, walker (spelling of values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.answers.walker import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.answers.schema import App, Sidecar
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

# Directories whose content a mount would hide from the program, and file systems of the kernel.
_HOLDS_THE_IMAGE = ("/etc", "/home", "/opt", "/root", "/run", "/srv", "/var", "/var/lib", "/var/run")
_NOT_THE_IMAGES = ("/dev", "/proc", "/sys", "/run/secrets/kubernetes.io", "/var/run/secrets/kubernetes.io")
_HIDDEN_WHOLE = ("/bin", "/boot", "/etc/pki", "/etc/ssl", "/lib", "/lib64", "/sbin", "/usr", *_NOT_THE_IMAGES)
# The API token's volume lies below; nothing can be mounted inside a read-only mount.
_AROUND_THE_TOKEN = ("/run/secrets", "/var/run/secrets")
# The kubelet, or the runtime, makes these for each container.
_OF_THE_KUBELET = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with the places of an App's files, secrets and writable directories."""
    files: dict[str, Path] = {path: ("spec", "config", "files", path) for path in app.spec.config.files}
    singles: dict[str, Path] = {path: ("spec", "config", "singleFiles", path) for path in app.spec.config.singleFiles}
    for name, secret in app.spec.secrets.items():
        for key, path, places in (("file", secret.file, files), ("singleFile", secret.singleFile, singles)):
            if path is None:
                continue
            at: Path = ("spec", "secrets", name, key)
            if path in places:
                yield at, f"{path} is already another file", "give it another path"
            places.setdefault(path, at)
    for path, at in files.items():
        yield from _file(app, path, at, files)
    yield from _keys(app.spec.config.files, ("spec", "config", "files"))
    yield from _keys(app.spec.config.singleFiles, ("spec", "config", "singleFiles"))
    yield from _writable(app, files)
    for path, at in singles.items():
        yield from _single(app, path, at, {*files, *singles})
    for name, sidecar in app.spec.sidecars.items():
        yield from _sidecar(app, sidecar, ("spec", "sidecars", name))


def _writable(app: App, files: dict[str, Path]) -> Iterator[Complaint]:
    folders = {path.rpartition("/")[0] for path in files}
    writable: dict[str, Path] = {path: ("spec", "security", "writable", path) for path in app.spec.security.writable}
    for path in app.spec.workload.volumes:
        at: Path = ("spec", "workload", "volumes", path)
        if path in writable:
            yield (
                at,
                "is writable already",
                "remove one of them: an empty directory is lost with its pod, a volume is not",
            )
        writable[path] = at
    for path, at in writable.items():
        yield from _hiding(path, at)
        if path in files or any(path.startswith(folder + "/") for folder in folders if folder):
            yield at, "lies inside a read-only directory of files", "choose another directory"


def _hiding(path: str, at: Path) -> Iterator[Complaint]:
    if path in _HOLDS_THE_IMAGE or _inside(path, _HIDDEN_WHOLE):
        yield at, "an empty directory there would hide what the image has", "name the directory that is written"


def _file(app: App, path: str, at: Path, files: dict[str, Path]) -> Iterator[Complaint]:
    folder, _, name = path.rpartition("/")
    if not folder or folder in _HOLDS_THE_IMAGE or _inside(folder, _HIDDEN_WHOLE):
        why = f"mounting {folder or '/'} would hide what the image has there"
        single = (
            "" if _inside(folder, _NOT_THE_IMAGES) else f", or {'singleFiles' if at[1] == 'config' else 'singleFile'}"
        )
        yield at, why, f"use a directory of its own, for example /etc/{app.name}/{name}{single}"
    if folder in _AROUND_THE_TOKEN and app.spec.permissions:
        why = f"{folder} is read-only then, and the API token could not be mounted inside it"
        yield at, why, f"use a directory of its own, for example /etc/{app.name}/{name}"
    if folder in _kept(app):
        yield at, f"{folder} is writable and cannot be read-only too", "put the file into another directory"
    if any(other.startswith(path + "/") for other in files):
        yield at, "another file lies below it, as if it were a directory", "rename one of them"


def _single(app: App, path: str, at: Path, files: Iterable[str]) -> Iterator[Complaint]:
    """A single file lies in a directory of the image: where a volume is, it would lie in that."""
    folders, kept = shared(app), _kept(app)
    beside = [*files, *kept, *(_NOT_THE_IMAGES if app.spec.permissions else ())]
    if _inside(path, _NOT_THE_IMAGES) or path in _OF_THE_KUBELET:
        yield at, f"{path} is not the image's: it is made for each container", "choose another path"
    elif path in {*_HOLDS_THE_IMAGE, *_HIDDEN_WHOLE} or path in kept or any(o.startswith(path + "/") for o in beside):
        yield at, "is a directory, or something is mounted below it", "name a file"
    elif _inside(path, tuple(kept)):
        yield at, "lies in a writable directory", "choose a directory of the image"
    elif _inside(path, tuple(folders)):
        why = "lies in a directory of files, which is a volume already, or is one of them"
        yield at, why, "declare it as one of these files"


def _sidecar(app: App, sidecar: Sidecar, at: Path) -> Iterator[Complaint]:
    folders, kept = shared(app), _kept(app)
    read = [path for path, access in sidecar.mounts.items() if access == "read"]
    for path, access in sidecar.mounts.items():
        where = (*at, "mounts", path)
        if path not in {*folders, *kept}:
            known = sorted({*folders, *kept})
            why = f"no directory of the App's{nearest(path, known)}"
            yield where, why, f"it has: {', '.join(known[:10]) or 'none'}"
        elif path in folders and access == "write":
            yield where, "a directory of files is read-only", "write `read`"
    for path in sidecar.writable:
        where = (*at, "writable", path)
        yield from _hiding(path, where)
        if path in sidecar.mounts:
            yield where, "is a directory of the App's, too", "remove it from one of writable (by default /tmp), mounts"
        elif any(_inside(path, (other,)) for other in read):
            yield where, "lies inside a read-only directory", "choose another directory"
    for path in sidecar.mounts:
        for outer in (one for one in read if one != path and _inside(path, (one,))):
            yield (*at, "mounts", path), f"nothing can be mounted inside {outer}, which is read", "remove one of them"


def shared(app: App) -> list[str]:
    """Return the directories of an App's files: a volume each, with what lies below it."""
    declared = (*app.spec.config.files, *(one.file for one in app.spec.secrets.values() if one.file is not None))
    folders = sorted({path.rpartition("/")[0] for path in declared})
    return [one for one in folders if one and not any(one.startswith(other + "/") for other in folders if other)]


def _kept(app: App) -> list[str]:
    return [*app.spec.security.writable, *app.spec.workload.volumes]


def _keys(paths: Iterable[str], at: Path) -> Iterator[Complaint]:
    keys: dict[str, str] = {}
    for path in paths:
        twin = keys.setdefault(path.replace("/", "_"), path)
        if twin != path:
            yield (*at, path), f"shares its ConfigMap key with {twin}", "rename one of them"


def _inside(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)
