"""Take out of an App what it may not say, with the reason; what is left of it loads.

The rules are the answers' own: what they refuse of an entry is left with their words, at the place it was read from.

May import: draft, answers, system.resolve, catalog (types), documents, images, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.answers import references, rules
from scaffold.answers.load import from_documents
from scaffold.answers.walker import cut, dotted
from scaffold.documents.editing import take
from scaffold.documents.reading import Mark
from scaffold.errors import Problem, ProblemsError
from scaffold.images import split
from scaffold.system.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.adopt.draft import Draft
    from scaffold.answers.extended import Kinds
    from scaffold.answers.platform import Platform
    from scaffold.answers.schema import App
    from scaffold.catalog import Catalog
    from scaffold.documents.editing import Path
    from scaffold.documents.reading import Document

_ROUNDS = 20
"""Of taking out: what refers to an entry that was taken is found in the next one."""

# What an App cannot do without.
_NEEDED = (("spec", "image"), ("metadata",), ("apiVersion",), ("kind",), ("spec", "workload", "kind"))
# How deep an entry lies that can be taken out alone, by the parts around it.
_DEPTHS: dict[tuple[str | int, ...], int] = {
    **{("spec", key): 4 for key in ("config", "security")},
    **{("spec", key): 3 for key in ("ports", "init", "sidecars", "secrets", "from", "to", "permissions", "health")},
    **{("spec", key): 3 for key in ("args", "command", "resources", "workload")},
    ("spec", "workload", "volumes"): 4,
    **{("spec", "ports", "*", key): 4 for key in ("endPort", "protocol", "service")},
    **{("spec", "sidecars", "*", key): 5 for key in ("env", "writable", "mounts")},
    **{("spec", key, "*", part): 4 for key in ("sidecars", "init") for part in ("args", "started", "resources")},
}


def remaining(documents: Iterable[Document], catalog: Catalog, told: Iterable[Problem]) -> list[Problem]:
    """Return what still keeps adopted answers from being rendered, and was not told."""
    try:
        for answers in from_documents(documents, catalog):
            resolve(catalog, answers)
    except ProblemsError as error:
        known = {(problem.place, problem.remedy) for problem in told}
        return [problem for problem in error.problems if (problem.place, problem.remedy) not in known]
    return []


def fit(drafts: Iterable[Draft], kinds: Kinds, platform: Platform) -> None:
    """Take out of every App what is refused, until nothing is that could be taken."""
    every = [*drafts]
    for draft in every:
        _pinned(draft.spec)
    for _ in range(_ROUNDS):
        readings = [(draft, *_read(draft, kinds)) for draft in every]
        if any(_cut(draft, cuts) for draft, _, cuts in readings):
            continue  # what refers to another App is judged once all of them can be read
        apps = {draft.key: (draft, app) for draft, app, _ in readings if app is not None}
        unreadable = frozenset(draft.key for draft in every) - apps.keys()
        if not any(_cut(draft, _refused(app, apps, platform, unreadable)) for draft, app in apps.values()):
            return


def _pinned(spec: dict[str, Any]) -> None:
    """Take the tag `latest` out of images with a digest: the digest alone says what runs."""
    for one in (spec, *spec.get("init", {}).values(), *spec.get("sidecars", {}).values()):
        name, tag, digest = split(one.get("image", ""))
        if tag == "latest" and digest:
            one["image"] = f"{name}@{digest}"


def _read(draft: Draft, kinds: Kinds) -> tuple[App | None, dict[Path, list[Problem]]]:
    """Return an App as its type; where it does not fit, what does not, and why."""
    value, problems, cuts = cut(draft.document, kinds["App"])
    if value is not None:
        return value, {}
    found: dict[Path, list[Problem]] = {}
    for path in sorted(cuts, key=str):
        own = [problem for problem in problems if problem.message.startswith(dotted(path))]
        found[path] = [problem.behind(f"App {draft.key}: ") for problem in own]
    return None, found


def _refused(
    app: App, apps: Mapping[str, tuple[Draft, App]], platform: Platform, unreadable: frozenset[str]
) -> dict[Path, list[Problem]]:
    """Return what the rules refuse of one App, by the entries that have to be taken out."""
    draft, _ = apps[app.key]
    others = {key: other for key, (_, other) in apps.items()}
    found: dict[Path, list[Problem]] = {}
    for path, why, remedy in [
        *rules.check(app),
        *references.check(app, others, unreadable),
        *references.check_platform(app, platform),
    ]:
        entry = _entry(path)
        lost = f"; {dotted(entry)} is left out for it, whole" if _is_taken(entry) and len(entry) < len(path) else ""
        problem = Problem(draft.document.place(path), f"App {draft.key}: {dotted(path)}: {why}{lost}", remedy)
        found.setdefault(entry, []).append(problem)
    return found


def prune(document: Document) -> None:
    """Take out the sections that are empty once entries were taken out of them; what is written nowhere stays said."""
    spec = document.value["spec"]
    for section in [key for key in ("config", "sidecars") if key in spec]:
        for key in [key for key, value in spec[section].items() if value == {}]:
            take_out(document, ("spec", section, key))
    for section in [key for key, value in spec.items() if value in ({}, [])]:
        take_out(document, ("spec", section))


def _entry(path: Path) -> Path:
    """Return the part around a path that can be taken out alone."""
    around = (path[:4], (*path[:2], "*", *path[3:4]), path[:3], path[:2])
    return path[: next((_DEPTHS[part] for part in around if part in _DEPTHS), 2)]


def _cut(draft: Draft, found: Mapping[Path, Iterable[Problem]]) -> bool:
    """Take entries out, from the end of each list; what cannot be taken stays, and is said once."""
    changed = False
    for path in sorted(found, key=_order, reverse=True):
        draft.left += [problem for problem in found[path] if problem not in draft.left]
        if _is_taken(path):
            changed |= take_out(draft.document, path)
    return changed


def _is_taken(entry: Path) -> bool:
    """Tell whether an entry is one that an App can do without; a section, such as `spec.from`, is none."""
    return len(entry) > 2 and not any(entry[: len(needed)] == needed for needed in _NEEDED)  # noqa: PLR2004  spec.x


def _order(path: Path) -> tuple[tuple[str, int], ...]:
    return tuple(("", step) if isinstance(step, int) else (step, 0) for step in path)


def take_out(document: Document, path: Path) -> bool:
    """Take an entry of a mapping or a list out; entries behind it move up."""
    at, mark = document.value, document.mark
    for step in path[:-1]:
        at, mark = at[step], mark.children.get(step, Mark(0, 0))
    last = path[-1]
    if isinstance(at, dict) and last in at:
        take(document, path)
        return True
    if isinstance(at, list) and isinstance(last, int) and last < len(at):
        del at[last]
        marks = [mark.children.get(index, Mark(mark.line, mark.column)) for index in range(len(at) + 1)]
        del marks[last]
        mark.children = dict(enumerate(marks))
        return True
    return False
