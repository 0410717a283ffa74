"""Where a repository begins, and where it comes from: from its own files, without a git process.

May import: files, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST_PARENTS = 30


def root_of(folder: Path) -> Path:
    """Return the root of the repository that a folder lies in, as far up as it goes; the folder where it is in none."""
    at = folder
    for _ in range(_MOST_PARENTS):
        if (at / ".git").exists():
            return at
        above = at.parent if at.name and at.name != ".." else at / ".."
        if above.resolve() == at.resolve():
            return folder
        at = above
    return folder
