"""One blueprint: what its description may say, and reading it from its folder.

    <section>/<name>/
      blueprint.yaml             the description (the keys of `Description`, no others)
      cookiecutter.json          the same lines in every blueprint
      {{cookiecutter.name}}/…    the templates; their paths are the output's paths
      templates/…                parts that templates include
      cases/<case>.yaml          answers, and what the bundle must say for them

May import: expressions, render.environment, render.positions, documents, errors.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from dataclasses import field as attribute
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct, field, to_builtins
from msgspec.structs import fields

from scaffold.answers.walker import convert, nearest
from scaffold.contributions import KINDS
from scaffold.documents import Document, read
from scaffold.errors import Place, Problem
from scaffold.expressions import Expression, ExpressionError
from scaffold.render import positions
from scaffold.render.environment import COOKIECUTTER, FOLDER, PARTIALS, environment
from scaffold.render.positions import MAX_TAGS, lint, tag_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Environment

    from scaffold.cache import Cache

_Text = Annotated[str, Meta(min_length=3, max_length=600, description="a sentence")]
_Expression = Annotated[str, Meta(pattern="^=", description="an expression, which starts with '='")]


class _Closed(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Control(_Closed, frozen=True):
    """One security requirement that a blueprint meets."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{2,40}$(?!\n)", description="lower-case words joined by '-'")]
    text: _Text
    references: Annotated[list[str], Meta(min_length=1)]


class Contributes(_Closed, frozen=True):
    """What a blueprint adds to the system, besides files. Each entry may have its own `when` and `each`."""

    edges: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    envFrom: list[dict[str, Any]] = []  # noqa: N815  Kubernetes' spelling
    annotations: list[dict[str, Any]] = []


class Description(_Closed, frozen=True):
    """blueprint.yaml."""

    title: _Text
    why: _Text
    scope: Literal["app", "namespace", "request", "index"]
    ownership: Literal["generated", "seeded"] = "generated"
    when: _Expression | None = None
    each: _Expression | None = None
    contributes: Contributes = field(default_factory=Contributes)
    controls: list[Control] = []


class Case(_Closed, frozen=True):
    """cases/<case>.yaml: documents, and either what the bundle says for them or the error that refuses them.

    `expect` maps a path in the bundle to {JSON pointer: value}, `absent` lists paths that must not be rendered, and
    `refused` is a part of the error's text.
    """

    title: _Text
    answers: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    expect: dict[str, dict[str, Any]] = {}
    absent: list[str] = []
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """An entry of `contributes`: its kind, its own `when` and `each`, and its fields with compiled expressions."""

    kind: str
    when: Expression | None
    each: Expression | None
    fields: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A blueprint that passed its checks. `id` is `section/name`; `digest` changes with any of its files."""

    id: str
    folder: Path
    title: str
    why: str
    scope: str
    ownership: str
    when: Expression | None
    each: Expression | None
    contributions: tuple[Contribution, ...]
    controls: tuple[Control, ...]
    templates: tuple[str, ...]
    digest: str
    environment: Environment = attribute(repr=False, compare=False)


def read_blueprint(
    folder: Path, id_: str, compiled: Callable[[Any], Any], cache: Cache
) -> tuple[Blueprint | None, list[Problem]]:
    """Read and check one blueprint's folder.

    Args:
        folder: the blueprint's folder, which is not trusted.
        id_: its id, `section/name`.
        compiled: what turns `=…` strings into Expressions (`expressions.compiler()`).
        cache: remembers which folders passed their checks, by all of their bytes.

    Returns:
        The blueprint (None where it is broken), and every problem of its files.
    """
    made = environment(folder, cache.bytecode())
    passed = _fingerprint(folder)
    problems = [] if cache.knows(passed) else [*_shape(folder), *_templates(folder, made), *_cases(folder)]
    description, document, wrong = _description(folder / "blueprint.yaml")
    problems += wrong
    if description is None or document is None or problems:
        return None, problems
    try:
        contributions = tuple(_contributions(description, compiled))
        when, each = compiled(description.when), compiled(description.each)
    except ExpressionError as error:
        return None, [Problem(document.place(), str(error))]
    if description.scope in {"request", "index"} and (when or each or contributions):
        why = f"a blueprint of scope {description.scope} reads the plan: it cannot select or contribute"
        return None, [Problem(document.place(("scope",)), why, "remove when, each and contributes")]
    cache.remember(passed)
    blueprint = Blueprint(
        id=id_,
        folder=folder,
        title=description.title,
        why=description.why,
        scope=description.scope,
        ownership=description.ownership,
        when=when,
        each=each,
        contributions=contributions,
        controls=tuple(description.controls),
        templates=tuple(path.relative_to(folder / FOLDER).as_posix() for path in _files(folder / FOLDER)),
        digest=_digest(folder, [path for path in _files(folder) if path.parent.name != "cases"]),
        environment=made,
    )
    return blueprint, []


def _fingerprint(folder: Path) -> str:
    """Return a digest of all that decides whether the checks pass: the folder's bytes, and the checks' own code."""
    code = [Path(module) for module in (__file__, positions.__file__)]
    return f"passed-{_digest(folder, [*_files(folder), *code])}"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def _shape(folder: Path) -> Iterator[Problem]:
    allowed = {"blueprint.yaml", "cookiecutter.json", FOLDER, PARTIALS, "cases"}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            yield Problem(_start(path), "a symbolic link", "copy the file: a blueprint is read alone")
    for path in sorted(folder.iterdir()):
        if path.name not in allowed:
            yield Problem(_start(path), "not a part of a blueprint", f"its parts: {', '.join(sorted(allowed))}")
    for name in ("blueprint.yaml", "cookiecutter.json", FOLDER):
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
        if path.suffix != ".yaml":
            yield Problem(_start(path), "not a .yaml file: values could not be escaped in it", "render YAML")
            continue
        try:
            sources.append(path.read_text("utf-8"))
        except UnicodeDecodeError:
            yield Problem(_start(path), "not UTF-8 text", "save the file as UTF-8")
            return
    complaints = {
        complaint
        for path in _files(folder / FOLDER)
        if path.suffix == ".yaml"
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
            _check_fields(kind, filled)
            for name, value in (("when", when), ("each", each)):
                if value is not None and not isinstance(value, Expression):
                    raise ExpressionError(f"contributes.{kind}.{name}: an expression starts with '='")
            yield Contribution(kind, when, each, tuple(sorted(filled.items())))


def _check_fields(kind: str, given: dict[str, Any]) -> None:
    known = {field_.name: field_.required for field_ in fields(KINDS[kind])}
    for name in given:
        if name not in known:
            raise ExpressionError(
                f"contributes.{kind}: unknown key {name}{nearest(name, known)}; valid: {', '.join(known)}"
            )
    for name, required in known.items():
        if required and name not in given:
            raise ExpressionError(f"contributes.{kind}: {name} is missing")


def _digest(folder: Path, files: list[Path]) -> str:
    made = hashlib.sha256()
    for path in files:
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        made.update(b"%d %s\0%d\0" % (path.is_symlink(), name.encode(), len(data)) + data)
    return made.hexdigest()


def _start(path: Path) -> Place:
    return Place(str(path), 1, 1)
