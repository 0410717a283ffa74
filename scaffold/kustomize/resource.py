"""One object on its way through a build: what it is called, was called before, and by which words it is selected.

May import: fields, node, schemas, documents, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from scaffold.documents.reading import quoted
from scaffold.kustomize.node import Node, Stop
from scaffold.kustomize.schemas import in_no_namespace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.errors import Place

NOWHERE = "_non_namespaceable_"
"""The namespace of what lies in none, as kustomize calls it."""

_MOST_PATTERN = 200
_MOST_REPEATS = 3
# What Python's patterns have, and kustomize's (RE2) have not.
_FOREIGN = re.compile(r"\(\?(?!:)|\\[0-9bBAZ]|[*+?}]\+")
_REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<no>[^\s!=<>(),]+)"
    r"|(?P<key>[^\s!=<>(),]+)\s*(?:(?P<op>==|=|!=|<|>)\s*(?P<value>[^\s!=<>(),]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)\s*(?:,|$)"
)


class Id(NamedTuple):
    """What an object is called: empty words are what it does not say."""

    group: str
    version: str
    kind: str
    name: str
    namespace: str

    @property
    def lies_in(self) -> str:
        """The namespace that two objects of one name must not share."""
        if in_no_namespace(f"{self.group}/{self.version}" if self.group else self.version, self.kind):
            return NOWHERE
        return self.namespace if self.namespace not in {"", "default"} else "default"

    @property
    def unique(self) -> Id:
        """What two objects of one build never have in common."""
        return self._replace(namespace=self.lies_in)

    def __str__(self) -> str:
        return f"{quoted(self.kind)[1:-1]} {quoted(self.name)}"


class Resource(Struct, eq=False):
    """An object, with what a build has to remember of it."""

    node: Node
    past: list[tuple[str, str, str]] = field(default_factory=list)  # kind, name and namespace, the oldest first
    prefixes: list[str] = field(default_factory=list)
    suffixes: list[str] = field(default_factory=list)
    behavior: str = ""
    hashed: bool = False
    secret: bool = False  # its values came from a generator, and are told to nobody
    gone: bool = False

    @property
    def id(self) -> Id:
        """What it is called now."""
        return id_of(self.node)

    @property
    def previous(self) -> list[Id]:
        """What it was called, the oldest first."""
        now = self.id
        return [Id(now.group, now.version, kind, name, namespace) for kind, name, namespace in self.past]

    @property
    def first(self) -> Id:
        """What it was called where it was written."""
        return self.previous[0] if self.past else self.id

    def remember(self) -> None:
        """Note what it is called, before that changes."""
        now = self.id
        self.past.append((now.kind, now.name, now.lies_in))


def id_of(node: Node) -> Id:
    """Return what an object is called."""
    first, slash, rest = node.written("apiVersion").partition("/")
    group, version = (first, rest) if slash else ("", first)
    return Id(
        group, version, node.written("kind"), node.written("metadata", "name"), node.written("metadata", "namespace")
    )


def called(resources: Iterable[Resource], wanted: Id) -> list[Resource]:
    """Return the objects that are, or ever were, called so."""
    unique = wanted.unique
    return [one for one in resources if not one.gone and unique in {said.unique for said in (*one.previous, one.id)}]


def pattern(written: str, place: Place) -> re.Pattern[str] | None:
    """Return a selector's pattern, to be matched as a whole; None for an empty one, which all match.

    kustomize's patterns take linear time; ours are bounded.

    Raises:
        Stop: it is none, or may take long.
    """
    if not written:
        return None
    try:
        compiled = re.compile(written, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise Stop(place, f"{quoted(written)} is no pattern", "write a regular expression (RE2)") from error
    if len(written) > _MOST_PATTERN or _FOREIGN.search(written) or _is_slow(written):
        why = f"{quoted(written)} is a pattern that is not evaluated here"
        raise Stop(
            place, why, f"write it with at most {_MOST_REPEATS} of * + ? and {{}}, none inside another", unread=True
        )
    return compiled


def _is_slow(written: str) -> bool:
    """Tell whether a pattern may take long: it can match a word in many ways, or repeats a group that can."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", written).replace("(?:", "(")
    choices, repeats = [0], 0
    branching = 0
    before = ""
    for char in bare:
        if char == "(":
            choices.append(0)
        elif char == ")":
            inner = choices.pop() if len(choices) > 1 else 0
            choices[-1] += inner
            branching = inner
        elif char == "|":
            choices[-1] += 1
        elif char in "*+?{":
            repeats += 1
            if before == ")" and branching:
                return True
            choices[-1] += 1
        before = char
    groups = len(re.findall(r"\([^()]*\|", bare)) + ("|" in re.sub(r"\([^()]*\)", "", bare))
    return repeats > _MOST_REPEATS or groups > _MOST_REPEATS


def selects(selector: str, labels: dict[str, str], place: Place) -> bool:
    """Tell whether a selector of labels, as kubectl takes one (`a=b,c in (d,e),!f`), selects them.

    Raises:
        Stop: it is no selector.
    """
    at, matches = 0, True
    while at < len(selector):
        one = _REQUIREMENT.match(selector, at)
        if one is None or one.end() == at:
            raise Stop(place, f"{quoted(selector)} is no selector of labels", "write it as `app=web,tier in (a,b)`")
        at = one.end()
        matches = matches and _holds(one, labels)
    return matches


def _holds(one: re.Match[str], labels: dict[str, str]) -> bool:
    if one["absent"]:
        return one["no"] not in labels
    has, found = one["key"] in labels, labels.get(one["key"], "")
    if one["set"]:
        values = {value.strip() for value in one["values"].split(",")}
        return has and found in values if one["set"] == "in" else not has or found not in values
    match one["op"]:
        case "=" | "==":
            return has and found == one["value"]
        case "!=":
            return not has or found != one["value"]
        case ">" | "<" as sign:
            numbers = [int(word) for word in (found, one["value"]) if re.fullmatch(r"[+-]?[0-9]{1,18}", word)]
            if sign == "<":
                numbers.reverse()
            return has and len(numbers) > 1 and numbers[0] > numbers[1]
        case _:
            return has
