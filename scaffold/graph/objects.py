"""The objects of manifests that a graph is made of: checked, so that nothing behind here meets a wrong type.

May import: kinds, shapes, trees, reach, answers.walker (spelling), documents, errors.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.answers.walker import dotted, shown
from scaffold.errors import Problem
from scaffold.graph.kinds import METADATA, SPECS, WIDE, rules_flows
from scaffold.reach.plugins import unjudged, unplaced
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.documents.reading import Document
    from scaffold.errors import Place
    from scaffold.graph.shapes import Steps


class Object(Value, frozen=True, eq=False):
    """One object that is read: its value without nulls, and where it stands (an item of a List has steps)."""

    value: dict[str, Any]
    document: Document
    steps: Steps = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace and name."""
        metadata = self.value["metadata"]
        return self.value["kind"], metadata.get("namespace", "default"), metadata["name"]

    def place(self, *steps: str | int) -> Place:
        """Return where a part of it was written."""
        return self.document.place((*self.steps, *steps))

    def __str__(self) -> str:
        kind, namespace, name = self.key
        return f"{kind} {name}" if kind in WIDE else f"{kind} {namespace}/{name}"


class Unjudged(Value, frozen=True, eq=False):
    """A policy that is not evaluated, and what it says that is the reason."""

    one: Object
    parts: tuple[str, ...]


class Objects(Struct):
    """What was read, passed over (kinds, how often), not evaluated (kinds, and single policies), and what is wrong."""

    read: list[Object] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    unevaluated: Counter[str] = field(default_factory=Counter)
    unjudged: list[Unjudged] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def values(self) -> list[dict[str, Any]]:
        """The objects as the evaluation reads them."""
        return [one.value for one in self.read]


def objects(documents: Iterable[Document]) -> Objects:
    """Sort the objects of some documents and of the Lists among them; of two with one name the last stands."""
    made = Objects()
    last: dict[tuple[str, str, str], Object] = {}
    for document in documents:
        for value, steps in items_of(document.value, ()):
            one = _object(value, document, steps, made)
            if one is None:
                continue
            if one.key in last:
                made.notes.append(
                    f"{one} stands at {last[one.key].place()} and again at {one.place()}: the last is read"
                )
            last[one.key] = one
    made.read = [one for one in last.values() if not any(owner in last for owner in owners_of(one))]
    missing = unplaced(made.values)
    made.unjudged += [Unjudged(made.read[at], tuple(parts)) for at, parts in missing.items()]
    made.read = [one for at, one in enumerate(made.read) if at not in missing]
    return made


def items_of(value: Any, steps: Steps) -> Iterator[tuple[Any, Steps]]:
    """Yield an object, or those in a List; a List in a List is none."""
    items = value.get("items") if isinstance(value, dict) and str(value.get("kind", "")).endswith("List") else None
    if isinstance(items, list):
        for index, item in enumerate(items):
            yield item, (*steps, "items", index)
    else:
        yield value, steps


def _object(value: Any, document: Document, steps: Steps, made: Objects) -> Object | None:
    """Return an object that is read and sound; else note what it is, or what is wrong with it."""
    kind, version = (value.get("kind"), value.get("apiVersion")) if isinstance(value, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(version, str):
        made.ignored["no object"] += 1
        return None
    group = version.rpartition("/")[0]
    if (group, kind) not in SPECS:
        (made.unevaluated if rules_flows(group, kind) else made.ignored)[f"{kind} ({version})"] += 1
        return None
    value = {"metadata": {}, **without_nulls(value)}
    wrong = list(METADATA(value["metadata"], ("metadata",)))
    if not wrong and not _named(value["metadata"]):
        wrong = [(("metadata",), "an object without a name", "write `name:`")]
    wrong += SPECS[group, kind](value.get("spec", {}), ("spec",))
    if isinstance(value.get("spec", {}), dict):
        value["spec"] = value.get("spec", {})
    for path, message, remedy in wrong:
        name = shown(value["metadata"].get("name", "")) if isinstance(value["metadata"], dict) else ""
        what = f"{kind} {name}: {dotted(path)}: {message}"
        made.problems.append(Problem(document.place((*steps, *path)), what, remedy))
    one = Object(value, document, steps)
    if not wrong and (parts := unjudged(value)):
        made.unjudged.append(Unjudged(one, tuple(dict.fromkeys(parts))))
        return None
    return None if wrong else one


def _named(metadata: dict[str, Any]) -> bool:
    if "name" not in metadata and isinstance(metadata.get("generateName"), str):
        metadata["name"] = f"{metadata['generateName']}*"
    return bool(metadata.get("name"))


def owners_of(one: Object) -> Iterator[tuple[str, str, str]]:
    """Yield what makes an object: of a Deployment and its pods, as a cluster lists them, the Deployment is enough."""
    _, namespace, _ = one.key
    for owner in one.value["metadata"].get("ownerReferences", ()):
        if owner.get("controller") or owner.get("kind") == "Gateway":
            yield owner.get("kind", ""), namespace, owner.get("name", "")


def without_nulls(value: Any) -> Any:
    """Return a value without keys that say nothing, as the API server reads it."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
