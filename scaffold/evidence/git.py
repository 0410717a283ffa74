"""Where a repository begins, and where it comes from: from its own files, without a git process.

Source: gitrepository-layout(5), git-config(1).

May import: files, value.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scaffold.evidence.files import Text, real, text_of
from scaffold.value import Value

if TYPE_CHECKING:
    from scaffold.errors import Place, Problem

_MOST_PARENTS = 30
_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9.-]+)(?:\s+\"([^\"]*)\")?\s*\]")
_URL = re.compile(r"\s*url\s*=\s*(\S+)\s*\Z", re.IGNORECASE)
_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)([^\s]+)")
# Of a worktree and of a submodule, which are below the `.git` of another folder.
_ELSEWHERE = re.compile(r"(?:.*/)?\.git/(?:worktrees|modules)/.+")
# Registries of hosts of repositories, for images under a repository's own path.
_REGISTRIES = {"github.com": "ghcr.io", "gitlab.com": "registry.gitlab.com", "codeberg.org": "codeberg.org"}


class Origin(Value, frozen=True):
    """Where a repository was cloned from: a host and a path on it, without user and password."""

    place: Place
    host: str
    path: str

    @property
    def name(self) -> str:
        """The repository's own name."""
        return self.path.rpartition("/")[2]

    @property
    def image(self) -> str:
        """Where its images likely are, without a tag; empty where the host is none that has a registry."""
        registry = _REGISTRIES.get(self.host)
        return f"{registry}/{self.path.lower()}" if registry else ""


def upwards(folder: Path) -> list[Path]:
    """Return a folder and those above it, as they would be written from there, up to its repository's root.

    The folder alone where it is in no repository.
    """
    found = [folder]
    while len(found) <= _MOST_PARENTS:
        at = found[-1]
        if (at / ".git").exists():
            return found
        above = at.parent if at.name and at.name != ".." else at / ".."
        if real(above) == real(at):
            break
        found.append(above)
    return [folder]


def root_of(folder: Path) -> Path:
    """Return the root of the repository that a folder lies in, as far up as it goes; the folder where it is in none."""
    return upwards(folder)[-1]


def origin(root: Path) -> tuple[Origin | None, list[Problem]]:
    """Return where the repository of a folder was cloned from, and what could not be read."""
    config = _config(root)
    if config is None:
        return None, []
    text, problems = text_of(config, config.parent)
    return (_origin(text) if text else None), problems


def _config(root: Path) -> Path | None:
    """Return the file of a repository's settings: its own, or that of the one it is a worktree or submodule of."""
    git = root / ".git"
    if git.is_dir():
        return git / "config" if not git.is_symlink() else None
    text, _ = text_of(git, root)
    found = re.fullmatch(r"gitdir:\s*(\S.*?)\s*", text.text) if text else None
    if found is None:
        return None
    there = Path(os.path.normpath(root / found[1]))
    if not _ELSEWHERE.fullmatch(real(there).as_posix()):
        return None
    shared, _ = text_of(there / "commondir", there)
    if shared is not None:
        there = Path(os.path.normpath(there / shared.text.strip()))
        if real(there).name != ".git":
            return None
    return there / "config"


def _origin(text: Text) -> Origin | None:
    """Return the remote `origin` of a config file, or the first one."""
    found: dict[str, Origin] = {}
    remote = ""
    for number, line in enumerate(text.text.split("\n"), 1):
        section = _SECTION.match(line)
        if section:
            remote = section[2] or "" if section[1].lower() == "remote" else ""
        url = _URL.match(line) if remote else None
        named = _named(url[1], text.place(number)) if url else None
        if named:
            found.setdefault(remote, named)
    return found.get("origin") or next(iter(found.values()), None)


def _named(url: str, place: Place) -> Origin | None:
    scp = _SCP.fullmatch(url)
    try:
        parts = urlsplit(url)
        host, path = (scp[1], scp[2]) if scp and "://" not in url else (parts.hostname or "", parts.path)
    except ValueError:
        return None
    clean = path.strip("/").removesuffix(".git")
    if not host or not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", clean):
        return None
    return Origin(place, host.lower(), clean)
