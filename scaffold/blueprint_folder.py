"""Read a blueprint's folder, have all of it checked, and put the blueprint together.

May import: blueprint, blueprint_checks, expressions, cache, errors, render.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from msgspec import DecodeError, msgpack, to_builtins

from scaffold.blueprint import Blueprint, Contribution, Description, Refused
from scaffold.blueprint_checks import check
from scaffold.errors import Place, Problem
from scaffold.expressions import compiler
from scaffold.render.environment import FOLDER, PARTIALS, InProcess, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scaffold.cache import Cache
    from scaffold.render.environment import Renderer

# Whose code decides whether a blueprint passes, below the package.
_CHECKERS = (
    "blueprint.py",
    "blueprint_checks.py",
    "blueprint_folder.py",
    "contributions.py",
    "expressions.py",
    "answers/walker.py",
    "answers/words.py",
    "documents/*.py",
    "render/*.py",
)
PARTS = frozenset(("blueprint.yaml", "cookiecutter.json", FOLDER, PARTIALS, "cases"))


class Source(NamedTuple):
    """A blueprint's folder as it was read: its id, the bytes of its files by their sorted paths, and whose it is."""

    folder: Path
    id_: str
    parts: Mapping[str, bytes]
    origin: str = ""


class Evaluation(Protocol):
    """Who checks a blueprint's files, evaluates its expressions and renders its templates."""

    def check(self, source: Source) -> tuple[Description | None, list[Problem]]:
        """Return the description of a blueprint, None where something is wrong, and every problem."""

    def compiled(self, value: Any) -> Any:
        """Return a JSON value in which each string that starts with `=` is an Expression."""

    def renderer(self, source: Source) -> Renderer:
        """Return what renders the blueprint's templates."""


class Direct:
    """Evaluates in this process: for blueprints that are trusted not to take all of its time and memory."""

    def __init__(self, remembered: Cache) -> None:
        self._bytecode = remembered.bytecode()
        self.compiled: Callable[[Any], Any] = compiler(self._bytecode)

    def check(self, source: Source) -> tuple[Description | None, list[Problem]]:
        """Return the description of a blueprint, None where something is wrong, and every problem."""
        made = environment(source.folder, self._bytecode)
        return check(source.parts, str(source.folder), made, self.compiled)

    def renderer(self, source: Source) -> Renderer:
        """Return what renders the blueprint's templates, read from its folder when they are needed."""
        return InProcess(environment(source.folder, self._bytecode))


def read_blueprint(
    folder: Path, id_: str, evaluation: Evaluation, cache: Cache
) -> tuple[Blueprint | None, list[Problem]]:
    """Read and check one blueprint's folder.

    Args:
        folder: the blueprint's folder, which is not trusted.
        id_: its id, `section/name`.
        evaluation: who runs what is in it.
        cache: remembers the descriptions of folders that passed their checks, by all of their bytes.

    Returns:
        The blueprint (None where it is broken), and every problem of its files.
    """
    paths, foreign = _listed(folder)
    source = Source(folder, id_, {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})
    blueprint, problems = blueprint_of(source, evaluation, cache)
    return (None, [*foreign, *problems]) if foreign else (blueprint, problems)


def blueprint_of(source: Source, evaluation: Evaluation, cache: Cache) -> tuple[Blueprint | None, list[Problem]]:
    """Check one blueprint whose files were read, and put it together; returns what `read_blueprint` does."""
    passed = f"passed-{digest({**source.parts, '': _code()})}"
    known = _known(cache.recall(passed))
    if known is not None:
        return _assemble(source, known, evaluation), []
    description, problems = evaluation.check(source)
    if description is None:
        return None, problems
    with suppress(OverflowError):  # a number of twenty digits, which no blueprint needs, is read anew
        cache.remember(passed, msgpack.encode(description))
    return _assemble(source, description, evaluation), []


def _known(data: bytes | None) -> Description | None:
    """Return the description that an earlier run kept; None where it kept none, or one that is damaged."""
    try:
        return msgpack.decode(data, type=Description) if data is not None else None
    except DecodeError:
        return None


def _assemble(source: Source, description: Description, evaluation: Evaluation) -> Blueprint:
    parts, compiled = source.parts, evaluation.compiled
    return Blueprint(
        id=source.id_,
        folder=source.folder,
        title=description.title,
        why=description.why,
        otherwise=description.otherwise or "",
        scope=description.scope,
        ownership=description.ownership,
        at=description.at,
        when=compiled(description.when),
        each=compiled(description.each),
        options=tuple(description.options),
        refusals=tuple(
            Refused(tuple(entry.at.split(".")), entry.why, entry.remedy, compiled(entry.when), compiled(entry.each))
            for entry in description.refuses
        ),
        enforces=tuple(description.enforces),
        contributions=tuple(_contributions(description, compiled)),
        controls=tuple(description.controls),
        templates=tuple(path.removeprefix(f"{FOLDER}/") for path in parts if path.startswith(f"{FOLDER}/")),
        digest=digest({path: data for path, data in parts.items() if not path.startswith("cases/")}),
        renderer=evaluation.renderer(source),
        source=source.origin,
    )


@cache
def _code() -> bytes:
    """Return a digest of the checks' own code, which decides beside a folder's bytes whether they pass."""
    package = Path(__file__).parent
    code = b"".join(path.read_bytes() for checker in _CHECKERS for path in sorted(package.glob(checker)))
    return hashlib.sha256(code).digest()


def _listed(folder: Path) -> tuple[list[Path], list[Problem]]:
    """Return the files of a folder, sorted, and what lies in it that is no part of a blueprint."""
    paths, foreign = list[Path](), list[Problem]()
    for at, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(at, name)
            if path.is_symlink():
                foreign.append(Problem(_start(path), "a symbolic link", "copy the file: a blueprint is read alone"))
            elif name in names:
                paths.append(path)
            if path.parent == folder and name not in PARTS:
                parts = ", ".join(sorted(PARTS))
                foreign.append(Problem(_start(path), "not a part of a blueprint", f"its parts: {parts}"))
    return sorted(paths), foreign


def _contributions(description: Description, compiled: Callable[[Any], Any]) -> Iterator[Contribution]:
    for kind, entries in to_builtins(description.contributes).items():
        for entry in entries:
            filled = compiled(entry)
            when, each = filled.pop("when", None), filled.pop("each", None)
            yield Contribution(kind, when, each, tuple(sorted(filled.items())))


def digest(parts: Mapping[str, bytes]) -> str:
    """Return a digest of some files, of their paths and of what is in them."""
    made = hashlib.sha256()
    for name, data in sorted(parts.items()):
        held = b"file " + data  # as locks that lie in outputs have it
        made.update(b"%s\0%d\0" % (name.encode(), len(held)) + held)
    return made.hexdigest()


def _start(path: Path) -> Place:
    return Place(str(path), 1, 1)
