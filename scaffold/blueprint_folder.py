"""Read a blueprint's folder, which is not trusted, and check all of it.

May import: blueprint, contributions, expressions, cache, answers.walker, documents, render.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import DecodeError, msgpack, to_builtins
from msgspec.structs import fields

from scaffold.answers.walker import convert, nearest
from scaffold.blueprint import Blueprint, Case, Contribution, Description, Refused
from scaffold.contributions import KINDS
from scaffold.documents.reading import Document, read
from scaffold.errors import Place, Problem
from scaffold.expressions import ExpressionError, inside
from scaffold.render.environment import COOKIECUTTER, FOLDER, PARTIALS, environment
from scaffold.render.escape import suffix
from scaffold.render.positions import MAX_TAGS, POSITIONS, lint, tag_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Environment

    from scaffold.cache import Cache

# Whose code decides whether a blueprint passes, below the package.
_CHECKERS = (
    "blueprint.py",
    "blueprint_folder.py",
    "contributions.py",
    "expressions.py",
    "answers/walker.py",
    "answers/words.py",
    "documents/*.py",
    "render/*.py",
)


def read_blueprint(
    folder: Path, id_: str, compiled: Callable[[Any], Any], cache: Cache
) -> tuple[Blueprint | None, list[Problem]]:
    """Read and check one blueprint's folder.

    Args:
        folder: the blueprint's folder, which is not trusted.
        id_: its id, `section/name`.
        compiled: what turns `=…` strings into Expressions (`expressions.compiler()`).
        cache: remembers the descriptions of folders that passed their checks, by all of their bytes.

    Returns:
        The blueprint (None where it is broken), and every problem of its files.
    """
    parts = {path.relative_to(folder).as_posix(): _bytes(path) for path in _files(folder)}
    source = _Source(folder, id_, parts, environment(folder, cache.bytecode()))
    passed = f"passed-{_digest({**parts, '': _code()})}"
    known = _known(cache.recall(passed))
    if known is not None:
        return _assemble(source, known, compiled), []
    problems = [*_shape(folder), *_templates(folder, source.environment), *_cases(folder)]
    description, document, wrong = _description(folder / "blueprint.yaml")
    problems += wrong
    if description is None or document is None or problems:
        return None, problems
    try:
        _check_contributions(description)
        blueprint = _assemble(source, description, compiled)
        _compile(blueprint)
    except ExpressionError as error:
        return None, [Problem(document.place(), str(error))]
    if unfit := [*_idle(blueprint), *_unfit(blueprint, document)]:
        return None, unfit
    with suppress(OverflowError):  # a number of twenty digits, which no blueprint needs, is read anew
        cache.remember(passed, msgpack.encode(description))
    return blueprint, []


def _known(data: bytes | None) -> Description | None:
    """Return the description that an earlier run kept; None where it kept none, or one that is damaged."""
    try:
        return msgpack.decode(data, type=Description) if data is not None else None
    except DecodeError:
        return None


def _compile(blueprint: Blueprint) -> None:
    entries = [(entry.when, entry.each, entry.fields) for entry in blueprint.contributions]
    refusals = [(entry.when, entry.each) for entry in blueprint.refusals]
    for expression in inside([blueprint.when, blueprint.each, entries, refusals]):
        expression.compile()


def _idle(blueprint: Blueprint) -> Iterator[Problem]:
    if not blueprint.templates and not blueprint.contributions:
        why = f"{FOLDER} is missing, and it contributes nothing"
        yield Problem(_start(blueprint.folder), why, "add what it renders, or contributes")


def _unfit(blueprint: Blueprint, document: Document) -> Iterator[Problem]:
    if unfit := _beyond(blueprint):
        yield Problem(document.place(("scope",)), f"a blueprint of scope {blueprint.scope} {unfit}", "remove them")


def _beyond(blueprint: Blueprint) -> str:
    """Return what a blueprint has that its scope cannot have; nothing where all fits."""
    if blueprint.scope in {"request", "index"} and (blueprint.each or blueprint.contributions):
        return "reads the plan: it has no each and no contributes"
    if blueprint.scope == "index" and blueprint.when:
        return "is rendered always: it has no when"
    if blueprint.scope != "index" and blueprint.at != "every-folder":
        return "has a place of its own: at is for scope index"
    if blueprint.scope not in {"app", "namespace"} and blueprint.enforces:
        return "is no part of an App, nor of a namespace: it enforces nothing there"
    if blueprint.scope != "app" and blueprint.refusals:
        return "cannot refuse the answers of an App: it has no refuses"
    return ""


class _Source(NamedTuple):
    """A blueprint's folder as it was read: its id, and the bytes of all files by their paths in it."""

    folder: Path
    id_: str
    parts: dict[str, bytes]
    environment: Environment


def _assemble(source: _Source, description: Description, compiled: Callable[[Any], Any]) -> Blueprint:
    parts = source.parts
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
        digest=_digest({path: data for path, data in parts.items() if not path.startswith("cases/")}),
        environment=source.environment,
    )


@cache
def _code() -> bytes:
    """Return a digest of the checks' own code, which decides beside a folder's bytes whether they pass."""
    package = Path(__file__).parent
    code = b"".join(path.read_bytes() for checker in _CHECKERS for path in sorted(package.glob(checker)))
    return hashlib.sha256(code).digest()


def _files(folder: Path) -> list[Path]:
    return sorted(Path(at, name) for at, _, names in os.walk(folder) for name in names)


def _shape(folder: Path) -> Iterator[Problem]:
    allowed = {"blueprint.yaml", "cookiecutter.json", FOLDER, PARTIALS, "cases"}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            yield Problem(_start(path), "a symbolic link", "copy the file: a blueprint is read alone")
    for path in sorted(folder.iterdir()):
        if path.name not in allowed:
            yield Problem(_start(path), "not a part of a blueprint", f"its parts: {', '.join(sorted(allowed))}")
    # What renders nothing is nothing to replay.
    replayed = ("cookiecutter.json",) if (folder / FOLDER).exists() else ()
    for name in ("blueprint.yaml", *replayed):
        if not (folder / name).exists():
            yield Problem(_start(folder), f"{name} is missing", "add it")
    path = folder / "cookiecutter.json"
    if path.is_file() and _json(path) != COOKIECUTTER:
        yield Problem(_start(path), "not the static lines", f"write {json.dumps(COOKIECUTTER)}")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError:
        return None


def _description(path: Path) -> tuple[Description | None, Document | None, list[Problem]]:
    if not path.is_file():
        return None, None, []
    documents, problems = read(path.read_bytes(), str(path))
    if problems or len(documents) != 1:
        return None, None, problems or [Problem(_start(path), "not one document", "write one YAML document")]
    description, problems = convert(documents[0], Description)
    return description, documents[0], problems


def _templates(folder: Path, made: Environment) -> Iterator[Problem]:
    sources = []
    for path in [*_files(folder / FOLDER), *_files(folder / PARTIALS)]:
        if suffix(path.name) not in POSITIONS:
            known = ", ".join(POSITIONS)
            yield Problem(_start(path), "values could not be escaped in this type of file", f"one of: {known}")
            continue
        try:
            sources.append(path.read_text("utf-8"))
        except UnicodeDecodeError:
            yield Problem(_start(path), "not UTF-8 text", "save the file as UTF-8")
            return
    complaints = {
        complaint
        for path in _files(folder / FOLDER)
        if suffix(path.name) in POSITIONS
        for complaint in lint(path.relative_to(folder / FOLDER).as_posix(), made)
    }
    for name, line, why in sorted(complaints):
        path = folder / FOLDER / name
        yield Problem(Place(str(path if path.exists() else folder / PARTIALS / name), line, 1), why)
    if sources and tag_share(sources) > MAX_TAGS:
        share = f"{tag_share(sources):.0%} of the templates' lines are tags"
        yield Problem(_start(folder), share, f"compute in the context: at most {MAX_TAGS:.0%}")


def _cases(folder: Path) -> Iterator[Problem]:
    paths = _files(folder / "cases")
    if not paths:
        yield Problem(
            _start(folder), "no case", "add cases/<case>.yaml: answers, and what the bundle must say for them"
        )
    for path in paths:
        documents, problems = read(path.read_bytes(), str(path))
        yield from problems
        for document in documents:
            case, problems = convert(document, Case)
            yield from problems
            if case is not None and bool(case.refused) == bool(case.expect or case.absent):
                yield Problem(
                    document.place(), "a case expects a bundle or is refused", "give expect/absent, or refused"
                )


def _contributions(description: Description, compiled: Callable[[Any], Any]) -> Iterator[Contribution]:
    for kind, entries in to_builtins(description.contributes).items():
        for entry in entries:
            filled = compiled(entry)
            when, each = filled.pop("when", None), filled.pop("each", None)
            yield Contribution(kind, when, each, tuple(sorted(filled.items())))


def _check_contributions(description: Description) -> None:
    for kind, entries in to_builtins(description.contributes).items():
        known = {field_.name: field_.required for field_ in fields(KINDS[kind])} if entries else {}
        for entry in entries:
            _check_fields(kind, known, {name: value for name, value in entry.items() if name not in {"when", "each"}})
            for name in ("when", "each"):
                if entry.get(name) is not None and not str(entry[name]).startswith("="):
                    raise ExpressionError(f"contributes.{kind}.{name}: an expression starts with '='")


def _check_fields(kind: str, known: dict[str, bool], given: dict[str, Any]) -> None:
    for name in given:
        if name not in known:
            raise ExpressionError(
                f"contributes.{kind}: unknown key {name}{nearest(name, known)}; valid: {', '.join(known)}"
            )
    for name, required in known.items():
        if required and name not in given:
            raise ExpressionError(f"contributes.{kind}: {name} is missing")


def _bytes(path: Path) -> bytes:
    """Return what stands in a file; of a symbolic link, which no blueprint may have, where it leads."""
    return b"link " + str(path.readlink()).encode() if path.is_symlink() else b"file " + path.read_bytes()


def _digest(parts: dict[str, bytes]) -> str:
    made = hashlib.sha256()
    for name, data in sorted(parts.items()):
        made.update(b"%s\0%d\0" % (name.encode(), len(data)) + data)
    return made.hexdigest()


def _start(path: Path) -> Place:
    return Place(str(path), 1, 1)
