"""Where files and writable directories may lie in a container, so that nothing hides what the image brings.

May import: schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

# Directories whose content a mount would hide from the program, and file systems of the kernel.
_HOLDS_THE_IMAGE = ("/etc", "/home", "/opt", "/root", "/run", "/srv", "/var", "/var/lib", "/var/run")
_HIDDEN_WHOLE = (
    *("/bin", "/boot", "/etc/pki", "/etc/ssl", "/lib", "/lib64", "/sbin", "/usr"),
    *("/dev", "/proc", "/sys", "/run/secrets/kubernetes.io", "/var/run/secrets/kubernetes.io"),
)
# The API token's volume lies below; nothing can be mounted inside a read-only mount.
_AROUND_THE_TOKEN = ("/run/secrets", "/var/run/secrets")


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with the places of an App's files, secrets and writable directories."""
    files: dict[str, Path] = {path: ("spec", "config", "files", path) for path in app.spec.config.files}
    for name, secret in app.spec.secrets.items():
        if secret.file is None:
            continue
        at: Path = ("spec", "secrets", name, "file")
        if secret.file in files:
            yield at, f"{secret.file} is already another file", "give it another path"
        files.setdefault(secret.file, at)
    for path, at in files.items():
        yield from _file(app, path, at, files)
    yield from _keys(app)
    folders = {path.rpartition("/")[0] for path in files}
    writable: dict[str, Path] = {path: ("spec", "security", "writable", path) for path in app.spec.security.writable}
    for path in app.spec.workload.volumes:
        at = ("spec", "workload", "volumes", path)
        if path in writable:
            yield (
                at,
                "is writable already",
                "remove one of them: an empty directory is lost with its pod, a volume is not",
            )
        writable[path] = at
    for path, at in writable.items():
        if path in _HOLDS_THE_IMAGE or _inside(path, _HIDDEN_WHOLE):
            yield at, "an empty directory there would hide what the image has", "name the directory that is written"
        if path in files or any(path.startswith(folder + "/") for folder in folders if folder):
            yield at, "lies inside a read-only directory of files", "choose another directory"


def _file(app: App, path: str, at: Path, files: dict[str, Path]) -> Iterator[Complaint]:
    folder, _, name = path.rpartition("/")
    if not folder or folder in _HOLDS_THE_IMAGE or _inside(folder, _HIDDEN_WHOLE):
        why = f"mounting {folder or '/'} would hide what the image has there"
        yield at, why, f"use a directory of its own, for example /etc/{app.name}/{name}"
    if folder in _AROUND_THE_TOKEN and app.spec.permissions:
        why = f"{folder} is read-only then, and the API token could not be mounted inside it"
        yield at, why, f"use a directory of its own, for example /etc/{app.name}/{name}"
    if folder in {*app.spec.security.writable, *app.spec.workload.volumes}:
        yield at, f"{folder} is writable and cannot be read-only too", "put the file into another directory"
    if any(other.startswith(path + "/") for other in files):
        yield at, "another file lies below it, as if it were a directory", "rename one of them"


def _keys(app: App) -> Iterator[Complaint]:
    keys: dict[str, str] = {}
    for path in app.spec.config.files:
        twin = keys.setdefault(path.replace("/", "_"), path)
        if twin != path:
            yield ("spec", "config", "files", path), f"shares its ConfigMap key with {twin}", "rename one of them"


def _inside(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)
