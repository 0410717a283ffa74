"""Compose files: every service as an App.

May import: composed, calls, assemble, files, model, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.errors import AnswersError
from scaffold.evidence.assemble import assemble
from scaffold.evidence.composed.calls import calls, served
from scaffold.evidence.composed.loading import Project
from scaffold.evidence.composed.service import Service, service
from scaffold.evidence.git import root_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scaffold.errors import Problem
    from scaffold.evidence.model import Fact, Gathered

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""What a project's file is called; the first that is there."""


def default_files(folder: Path) -> tuple[Path, ...]:
    """Return a folder's compose file, and the one that overrides it, as `docker compose` finds them."""
    for name in NAMES:
        if (folder / name).is_file():
            stem = name.partition(".")[0]
            over = (folder / f"{stem}.override.{suffix}" for suffix in ("yaml", "yml"))
            return (folder / name, *[path for path in over if path.is_file()][:1])
    return ()


def services(*files: Path) -> tuple[Gathered, ...]:
    """Return every service of a project as an App, in the order in which they are written.

    Args:
        files: one project's, as `docker compose -f` takes them: later ones override. What they include, extend and
            build from is read where it lies below the root of the repository, or beside the first of them.

    What is wrong with the files themselves is left by every one of them.

    Raises:
        AnswersError: no service could be read, for what is wrong with the files.
    """
    found, problems = everything(files) if files else ({}, [])
    if problems and not found:
        raise AnswersError(problems)
    return tuple(assemble((*facts, *problems), one.place) for one, facts in found.values())


def everything(files: Sequence[Path]) -> tuple[dict[str, tuple[Service, list[Fact]]], list[Problem]]:
    """Return a project's services by their names, each with its facts, and what is wrong with its files.

    Args:
        files: at least one.
    """
    within = root_of(files[0].parent)
    whole = Project(files, within)
    found = {name: service(name, node, within) for name, node in whole.services.items()}
    opened = served(found)
    facts = {name: [*one.facts, *opened.get(name, ()), *calls(one, found)] for name, one in found.items()}
    return {name: (one, facts[name]) for name, one in found.items()}, whole.problems
