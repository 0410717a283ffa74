"""What an earlier run already worked out: which blueprints passed their checks, and bytecode.

The cache only saves time: without it, or where it cannot be used, everything is worked out again. It lies in the user's
cache folder (`XDG_CACHE_HOME`, else `~/.cache`); `SCAFFOLD_CACHE` names another one, and an empty value switches it
off. Since bytecode is executed, a folder that others could write to is not used.

May import: nothing of the project.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache, FileSystemBytecodeCache

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


class Cache:
    """A folder of data, in files named by digest, and of bytecode; `folder` of None remembers nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder if folder is not None and _private(folder) else None

    def recall(self, digest: str) -> bytes | None:
        """Return what was remembered under a digest; a file may be damaged, and its reader has to find that."""
        try:
            return (self._folder / digest).read_bytes() if self._folder is not None else None
        except OSError:
            return None

    def remember(self, digest: str, data: bytes) -> None:
        """Keep data for later runs; a cache that cannot be written stays silent."""
        if self._folder is not None:
            try:
                (self._folder / digest).write_bytes(data)
            except OSError:
                self._folder = None

    def folder(self, name: str) -> Path | None:
        """Return a folder in it for files of one kind, or None."""
        if self._folder is None:
            return None
        made = self._folder / name
        return made if _private(made) else None

    def bytecode(self) -> BytecodeCache | None:
        """Return where Jinja keeps compiled templates and expressions, or None."""
        return _Bytecode(str(self._folder)) if self._folder is not None else None


class _Bytecode(FileSystemBytecodeCache):
    """Jinja's own, which reports a disk that is full or read-only; here that only costs time."""

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001  whatever a damaged file makes of unmarshalling, it is compiled anew
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        try:
            super().dump_bytecode(bucket)
        except OSError:
            return


def user_cache(version: str) -> Cache:
    """Return the cache of the current user for one version of the program."""
    named = os.environ.get("SCAFFOLD_CACHE")
    if named == "":
        return Cache()
    try:
        root = (
            Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kubescaffold"
        )
    except RuntimeError:  # no home folder
        return Cache()
    return Cache(root / version)


def _private(folder: Path) -> bool:
    """Make the folder where it is missing; tell whether only its owner, who runs this process, can write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    owner = getattr(os, "getuid", lambda: found.st_uid)()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
