"""`--set`: change single values of documents for one run, without touching their files.

    [TARGET:]PATH=VALUE

    TARGET   `platform` (with several, `platform.NAME`), or an App as NAMESPACE/NAME; it may be left out where one App
             is given
    PATH     as messages spell it: spec.from[0].port; a name with other signs in double quotes: spec.config.env."a.b"
    VALUE    YAML, as it would stand in the document: 3, text, "3", [GET, POST]; nothing at all is null

What is missing on the way is made, and a list grows by naming its next index. No message repeats a value: it may be a
secret by mistake.

May import: schema, walker, documents, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffold.answers.schema import API_VERSION
from scaffold.answers.walker import dotted, nearest
from scaffold.documents.editing import Blocked, copy_of, put
from scaffold.documents.reading import MAX_DEPTH, Document, Mark, quoted, read
from scaffold.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scaffold.documents.editing import Path

_PLATFORM = "platform"
_MOST_NAMED = 10
_FORM = "write [NAMESPACE/NAME:]PATH=VALUE, for example spec.workload.replicas=2"
_TARGET = rf'{_PLATFORM}(?:\.[^\s:="./\[]+)?|[^\s:="./\[]+/[^\s:="/\[]+'
_SET = re.compile(rf'(?:(?P<target>{_TARGET}):)?(?P<path>(?:[^="]|"[^"]*")+)=(?P<value>.*)', re.DOTALL)
_STEP = re.compile(r'(?:^|\.)(?:(?P<word>[^.\[\]"=\s]+)|"(?P<quoted>[^"]+)")|\[(?P<index>[0-9]{1,4})\]')


class _Set(NamedTuple):
    """One `--set`: the document it is for ("" is the one App), where, and what, with its place."""

    option: str
    target: str
    path: Path
    value: Any
    mark: Mark


def apply(documents: Sequence[Document], sets: Iterable[str]) -> tuple[list[Document], list[Problem]]:
    """Return the documents with each `--set` applied, in order, and what is wrong with those that could not be."""
    made = list(documents)
    changed: set[int] = set()
    problems: list[Problem] = []
    for number, text in enumerate(sets, 1):
        try:
            one = _parse(text, f"--set {number}")
            index = _find(made, one)
            if index not in changed:
                made[index] = copy_of(made[index])
                changed.add(index)
            put(made[index], one.path, one.value, one.mark)
        except _Wrong as wrong:
            problems.append(wrong.problem)
        except Blocked as blocked:
            why = f"{dotted(one.path)}: {dotted(blocked.reached) or 'the document'} {blocked.why}"
            problems.append(Problem(Place(one.option, 1, 1), why, "write the path as messages do: spec.from[0].port"))
    return made, problems


class _Wrong(Exception):  # noqa: N818  an internal signal, caught in `apply`
    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


def _parse(text: str, option: str) -> _Set:
    found = _SET.fullmatch(text)
    if found is None:
        raise _Wrong(Problem(Place(option, 1, 1), "no path, '=' and value", _FORM))
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise _Wrong(Problem(Place(option, 1, 1), "not UTF-8 text", "write it in a terminal that speaks UTF-8"))
    path = _path(found["path"], Place(option, 1, found.start("path") + 1))
    value, mark = _value(found["value"], option, found.start("value"))
    return _Set(option, found["target"] or "", path, value, mark)


def _path(text: str, place: Place) -> Path:
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            where = Place(place.file, 1, place.column + at)
            raise _Wrong(Problem(where, "no path goes on like this", 'put a name with dots in quotes: spec."a.b".c'))
        steps.append(int(found["index"]) if found["index"] else found["word"] or found["quoted"])
        at = found.end()
    if len(steps) > MAX_DEPTH:
        raise _Wrong(Problem(place, f"nested more than {MAX_DEPTH} deep", "shorten the path"))
    return tuple(steps)


def _value(text: str, option: str, offset: int) -> tuple[Any, Mark]:
    """Read a value as an entry of a list, which may be null; the list's dash stands where the path ends."""
    dash = " " * (offset - 2) + "- " if "\n" not in text else "- "
    found, problems = read((dash + text).encode(), option)
    if problems:  # the reader's own words may repeat a part of it
        raise _Wrong(
            Problem(Place(option, 1, offset + 1), "the value is not YAML that is read", "put it in double quotes")
        )
    if len(found) != 1 or not isinstance(found[0].value, list) or len(found[0].value) != 1:
        raise _Wrong(Problem(Place(option, 1, offset + 1), "more than one value", "write a list in brackets: [a, b]"))
    mark = found[0].mark.children[0]
    mark.file = option
    return found[0].value[0], mark


def _find(documents: list[Document], one: _Set) -> int:
    """Return which document is meant; a Platform that was not given is made, as it is by default."""
    place = Place(one.option, 1, 1)
    kind, _, name = one.target.partition(".")
    if kind == _PLATFORM:
        return _find_platform(documents, one, name)
    apps = {_key(document): index for index, document in enumerate(documents) if document.kind == "App"}
    if one.target in apps:
        return apps[one.target]
    if not one.target and len(apps) == 1:
        return next(iter(apps.values()))
    given = f"given: {', '.join(list(apps)[:_MOST_NAMED]) or 'none'}"
    if one.target:
        raise _Wrong(Problem(place, f"no App {quoted(one.target)}{nearest(one.target, apps)}", given))
    why = f"{len(apps)} Apps are given, and it does not say which is meant"
    raise _Wrong(Problem(place, why, f"write NAMESPACE/NAME:PATH=VALUE; {given}"))


def _find_platform(documents: list[Document], one: _Set, name: str) -> int:
    found = [index for index, document in enumerate(documents) if document.kind == "Platform"]
    if not found and not name:
        value = {"apiVersion": API_VERSION, "kind": "Platform", "metadata": {"name": "default"}, "spec": {}}
        documents.append(Document(one.option, value, Mark(1, 1)))
        return len(documents) - 1
    if len(found) == 1 and not name:
        return found[0]
    names = {_name(documents[index]): index for index in found}
    if name in names:
        return names[name]
    given = f"given: {', '.join(list(names)[:_MOST_NAMED]) or 'none'}"
    if name:
        raise _Wrong(Problem(Place(one.option, 1, 1), f"no Platform {quoted(name)}{nearest(name, names)}", given))
    why = f"{len(found)} Platforms are given, and it does not say which is meant"
    raise _Wrong(Problem(Place(one.option, 1, 1), why, f"write platform.NAME:PATH=VALUE; {given}"))


def _name(document: Document) -> str:
    metadata = document.value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return quoted(name, 80)[1:-1] if isinstance(name, str) else ""


def _key(document: Document) -> str:
    metadata = document.value.get("metadata")
    names = (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else ()
    return "/".join(quoted(name, 80)[1:-1] for name in names if isinstance(name, str))
