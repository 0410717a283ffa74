"""What `scaffold graph` says: a graph, an answer or a comparison, with its notes and exit code.

May import: the rest of graph, documents, system (types), errors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.documents.reading import quoted
from scaffold.errors import ManifestsError, Place, Problem
from scaffold.graph import declared, drawn, explain, intent
from scaffold.graph.cluster import cluster
from scaffold.graph.difference import compared
from scaffold.graph.formats import as_dot, as_json, as_mermaid, comparison_json
from scaffold.graph.notes import notes, passed_over
from scaffold.graph.objects import objects
from scaffold.graph.question import blocks, parsed
from scaffold.graph.scene import Scene
from scaffold.graph.texts import as_text, comparison_text
from scaffold.graph.trees import read_trees
from scaffold.reach.intent import meshed
from scaffold.system.model import System
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.graph.objects import Objects
    from scaffold.graph.trees import Tree

__all__ = ["Report", "System", "report"]

_FORMATS = {"text": as_text, "mermaid": as_mermaid, "dot": as_dot, "json": as_json}


class Report(Value, frozen=True):
    """What is printed, what is said beside it, and the exit code: 1 for a flow that is shut, or a difference."""

    text: str
    notes: tuple[str, ...] = ()
    exit_code: int = 0


def report(paths: tuple[str, ...], system: System | None, asked: tuple[str, str] | None, form: str) -> Report:
    """Answer what was asked of manifests, answers, or both.

    Args:
        paths: manifests; none for what was declared.
        system: what was declared, if it was given.
        asked: the ends of a question.
        form: `text`, `json`, `mermaid` or `dot`.

    Raises:
        ManifestsError: with every problem of the manifests.
        QuestionError: an end of the question is not there.
    """
    if paths:
        tree = read_trees(paths)
        found = objects(tree.documents)
        _refuse(tree, found, paths)
        said = (*tree.notes, *found.notes)
        if asked is not None:
            made = _answer(tree, found, system, asked, form)
        elif system is not None:
            made = _comparison(found, system, form)
        else:
            seen = cluster(found.read)
            graph, warnings = drawn.graph_of(seen), tuple(notes(seen, found))
            text = as_json(graph, (*said, *warnings)) if form == "json" else _FORMATS[form](graph)
            made = Report(text, (*warnings, *passed_over(found)))
        return replace(made, notes=(*said, *made.notes))
    assert system is not None  # noqa: S101  the command asks for one of the two
    meant = intent.intent_of(system)
    if asked is None:
        return Report(_FORMATS[form](intent.graph_of(meant)))
    answer = declared.answered(meant, *map(parsed, asked))
    text = json.dumps(answer.value, indent=2) if form == "json" else answer.text
    return Report(text, exit_code=0 if answer.allowed else 1)


def _refuse(tree: Tree, found: Objects, paths: Iterable[str]) -> None:
    problems = [*tree.problems, *found.problems]
    if not problems and not found.read:
        place, passed = Place(next(iter(paths)), 0, 0), ", ".join(f"{n} {kind}" for kind, n in found.ignored.items())
        why = f"no workload and no policy in it{f', only {passed}' if passed else ''}"
        answers = any(kind.startswith(("App ", "Platform ")) for kind in found.ignored)
        remedy = "answers are read with -f" if answers else "name manifests: a file, a folder, or - for standard input"
        problems.append(Problem(place, quoted(why, 400)[1:-1], remedy))
    if problems:
        raise ManifestsError(problems)


def _answer(tree: Tree, found: Objects, system: System | None, asked: tuple[str, str], form: str) -> Report:
    ends = [parsed(text) for text in asked]
    mesh = meshed(system, found.values) if system is not None else None
    seen = cluster(found.read, blocks(ends), mesh)
    rows = drawn.rows_of(seen)
    scene = Scene(seen, rows, drawn.names_of(seen, rows), tree.texts)
    answer = explain.answered(scene, *ends)
    if system is not None:
        meant = declared.answered(intent.intent_of(system), *ends)
        answer = replace(answer, sides=(*answer.sides, *(side for side in meant.sides if side.name == "intent")))
    warnings = tuple(notes(None, found))
    value = replace(answer, notes=(*answer.notes, *warnings)).value
    text = json.dumps(value, indent=2) if form == "json" else answer.text
    return Report(text, warnings, 0 if answer.allowed else 1)


def _comparison(found: Objects, system: System, form: str) -> Report:
    made = compared(system, found.values)
    said = [f"note: App {key}: no workload of it was given; judged as if there were one" for key in made.absent]
    text = comparison_json(made) if form == "json" else comparison_text(made)
    return Report(text, (*notes(None, found), *passed_over(found), *said), 0 if made.is_equal else 1)
