"""What the files of a blueprint have to hold, told from their bytes alone: nothing is read here, and nothing is run.

May import: blueprint, contributions, expressions, answers.walker, documents, render.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins
from msgspec.structs import fields

from scaffold.answers.walker import convert, nearest
from scaffold.blueprint import Case, Description
from scaffold.contributions import KINDS
from scaffold.documents.reading import Document, read
from scaffold.errors import Place, Problem, printable
from scaffold.expressions import ExpressionError, inside
from scaffold.render.environment import COOKIECUTTER, FOLDER, PARTIALS
from scaffold.render.escape import suffix
from scaffold.render.positions import MAX_TAGS, POSITIONS, lint, tag_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jinja2 import Environment

    Parts = Mapping[str, bytes]
    """The bytes of a blueprint's files, sorted by their paths in its folder."""


def check(
    parts: Parts, folder: str, environment: Environment, compiled: Callable[[Any], Any]
) -> tuple[Description | None, list[Problem]]:
    """Check all files of one blueprint.

    Args:
        parts: the files' bytes by their paths in the folder.
        folder: where it lies, for messages.
        environment: the one in which its templates are compiled.
        compiled: what turns `=…` strings into Expressions (`expressions.compiler()`).

    Returns:
        Its description (None where something is wrong), and every problem.
    """
    problems = [*_shape(parts, folder), *_templates(parts, folder, environment), *_cases(parts, folder)]
    description, document, wrong = _description(parts, folder)
    problems += wrong
    if description is None or document is None or problems:
        return None, problems
    try:
        _check_contributions(description)
        _compile(description, compiled)
    except ExpressionError as error:
        return None, [Problem(document.place(), str(error))]
    templates = [path for path in parts if path.startswith(f"{FOLDER}/")]
    unfit = [*_idle(description, templates, folder), *_unfit(description, document), *_unprintable(document)]
    return (None, unfit) if unfit else (description, [])


def _shape(parts: Parts, folder: str) -> Iterator[Problem]:
    # What renders nothing is nothing to replay.
    replayed = ("cookiecutter.json",) if any(path.startswith(f"{FOLDER}/") for path in parts) else ()
    for name in ("blueprint.yaml", *replayed):
        if name not in parts:
            yield Problem(_start(folder), f"{name} is missing", "add it")
    if "cookiecutter.json" in parts and _json(parts["cookiecutter.json"]) != COOKIECUTTER:
        yield Problem(_start(folder, "cookiecutter.json"), "not the static lines", f"write {json.dumps(COOKIECUTTER)}")


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _description(parts: Parts, folder: str) -> tuple[Description | None, Document | None, list[Problem]]:
    if "blueprint.yaml" not in parts:
        return None, None, []
    documents, problems = read(parts["blueprint.yaml"], str(Path(folder, "blueprint.yaml")))
    if problems or len(documents) != 1:
        why = Problem(_start(folder, "blueprint.yaml"), "not one document", "write one YAML document")
        return None, None, problems or [why]
    description, problems = convert(documents[0], Description)
    return description, documents[0], problems


def _templates(parts: Parts, folder: str, made: Environment) -> Iterator[Problem]:
    sources = []
    templates = [path for path in parts if path.startswith(f"{FOLDER}/")]
    for path in (*templates, *(path for path in parts if path.startswith(f"{PARTIALS}/"))):
        if suffix(path) not in POSITIONS:
            known = ", ".join(POSITIONS)
            yield Problem(_start(folder, path), "values could not be escaped in this type of file", f"one of: {known}")
            continue
        try:
            sources.append(parts[path].decode())
        except UnicodeDecodeError:
            yield Problem(_start(folder, path), "not UTF-8 text", "save the file as UTF-8")
            return
    names = [path.removeprefix(f"{FOLDER}/") for path in templates if suffix(path) in POSITIONS]
    complaints = {complaint for template in names for complaint in lint(template, made)}
    for name, line, why in sorted(complaints):
        at = f"{FOLDER}/{name}" if f"{FOLDER}/{name}" in parts else f"{PARTIALS}/{name}"
        yield Problem(Place(str(Path(folder, at)), line, 1), why)
    if sources and tag_share(sources) > MAX_TAGS:
        share = f"{tag_share(sources):.0%} of the templates' lines are tags"
        yield Problem(_start(folder), share, f"compute in the context: at most {MAX_TAGS:.0%}")


def _cases(parts: Parts, folder: str) -> Iterator[Problem]:
    paths = [path for path in parts if path.startswith("cases/")]
    if not paths:
        why = "add cases/<case>.yaml: answers, and what the bundle must say for them"
        yield Problem(_start(folder), "no case", why)
    for path in paths:
        documents, problems = read(parts[path], str(Path(folder, path)))
        yield from problems
        for document in documents:
            case, problems = convert(document, Case)
            yield from problems
            if case is not None and bool(case.refused) == bool(case.expect or case.absent):
                yield Problem(
                    document.place(), "a case expects a bundle or is refused", "give expect/absent, or refused"
                )


def _compile(description: Description, compiled: Callable[[Any], Any]) -> None:
    refusals = [(entry.when, entry.each) for entry in description.refuses]
    entries = to_builtins(description.contributes)
    for expression in inside(compiled([description.when, description.each, entries, refusals])):
        expression.compile()


def _idle(description: Description, templates: list[str], folder: str) -> Iterator[Problem]:
    if not templates and not any(to_builtins(description.contributes).values()):
        why = f"{FOLDER} is missing, and it contributes nothing"
        yield Problem(_start(folder), why, "add what it renders, or contributes")


def _unfit(description: Description, document: Document) -> Iterator[Problem]:
    if unfit := _beyond(description):
        yield Problem(document.place(("scope",)), f"a blueprint of scope {description.scope} {unfit}", "remove them")
    for number, control in enumerate(description.controls):
        if control.proof and control.unproven:
            place = document.place(("controls", number, "unproven"))
            yield Problem(place, f"{control.id} has a proof, and says that it has none", "give one of proof, unproven")


def _beyond(description: Description) -> str:
    """Return what a blueprint has that its scope cannot have; nothing where all fits."""
    contributing = any(to_builtins(description.contributes).values())
    if description.scope in {"request", "index"} and (description.each or contributing):
        return "reads the plan: it has no each and no contributes"
    if description.scope == "index" and description.when:
        return "is rendered always: it has no when"
    if description.scope != "index" and description.at != "every-folder":
        return "has a place of its own: at is for scope index"
    if description.scope not in {"app", "namespace"} and description.enforces:
        return "is no part of an App, nor of a namespace: it enforces nothing there"
    if description.scope != "app" and description.refuses:
        return "cannot refuse the answers of an App: it has no refuses"
    return ""


def _unprintable(document: Document) -> Iterator[Problem]:
    """Yield where a text would be a command to the terminal that it is shown on."""
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), document.value)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, (dict, list)):
            inside_ = value.items() if isinstance(value, dict) else enumerate(value)
            pending += [((*path, key), item) for key, item in inside_]
        if any(isinstance(text, str) and printable(text) != text.replace("\n", "\\n") for text in (value, *path[-1:])):
            yield Problem(document.place(path), "a character that no terminal shows", "remove it")


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


def _start(folder: str, path: str = "") -> Place:
    return Place(str(Path(folder, path)), 1, 1)
