"""A template taken apart for the lint: its tags, its parts, and its `{{ … }}`, each replaced by a word of its own.

May import: environment, escape, value.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from jinja2 import TemplateSyntaxError
from msgspec import Struct, field

from scaffold.render.escape import indented, suffix
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

MAX_NESTING = 2
MAX_INCLUDES = 3
SAFE_FILTERS = frozenset(("block", "code", "comment"))

_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_PARTS = frozenset((*_OPENING, *_CLOSING, ".", "|"))
_WORDS = frozenset(("and", "or", "not", "if", "else", "in", "is"))
_TAGS = frozenset(("if", "elif", "else", "endif", "for", "endfor", "include"))
_TAG_LINE = re.compile(r"\s*\{% (.*) %\}\s*\Z")
_INCLUDE = re.compile(r'include "([a-z0-9.-]+)"\Z')


class Hole(Struct):
    """One `{{ … }}`: its line, and its expression's tokens without whitespace."""

    line: int
    tokens: list[tuple[str, str]] = field(default_factory=list)

    @property
    def safe(self) -> tuple[str, ...]:
        """The filters it uses that mark text as already safe."""
        return tuple(self.tokens[at + 1][1] for at in _safe_filters(self.tokens))

    def ends_in(self, name: str) -> bool:
        """Tell whether one such filter is used, without arguments, last of all, and for all that stands before it.

        A filter binds closer than an operator: `a ~ b | comment` makes a comment of `b` alone.
        """
        return self.safe == (name,) and self.tokens[-1] == ("name", name) and not self._joins()

    def _joins(self) -> bool:
        """Tell whether an operator stands outside of all brackets."""
        depth = 0
        for kind, text in self.tokens:
            depth += (text in _OPENING) - (text in _CLOSING) if kind == "operator" else 0
            if not depth and (text in _WORDS if kind == "name" else kind == "operator" and text not in _PARTS):
                return True
        return False


class Skeleton(Value, frozen=True):
    """A template with its parts in place: its source, and its text without tags, in which words stand for values.

    Both have the same lines: a tag leaves an empty one.
    """

    source: str
    text: str
    holes: dict[str, Hole]


def _safe_filters(tokens: list[tuple[str, str]]) -> list[int]:
    """Return where the filters stand that mark text as already safe."""
    pairs = pairwise(tokens)
    return [at for at, (one, two) in enumerate(pairs) if one == ("operator", "|") and two[1] in SAFE_FILTERS]


def parts(name: str, environment: Environment, lines: list[tuple[str, int, str]], depth: int = 0) -> dict[str, str]:
    """Return the template and its parts by name; `lines` receives (part, line, text), each include put in place."""
    assert environment.loader is not None  # noqa: S101  made with one, in `environment`
    source = environment.loader.get_source(environment, name)[0]
    found = {name: source}
    for number, text in enumerate(source.splitlines(keepends=True), 1):
        include = _include(text)
        if include is None or suffix(include) != suffix(name):
            lines.append((name, number, text))
        elif depth >= MAX_INCLUDES:
            raise TemplateSyntaxError(f"includes nested more than {MAX_INCLUDES} deep", number, name)
        else:
            inside: list[tuple[str, int, str]] = []
            found |= parts(include, environment, inside, depth + 1)
            lines += [(part, at, indented(line, len(text) - len(text.lstrip(" ")))) for part, at, line in inside]
    return found


def _include(line: str) -> str | None:
    tag = _TAG_LINE.match(line)
    named = _INCLUDE.match(tag[1]) if tag else None
    return named[1] if named else None


def skeleton(source: str, environment: Environment) -> Skeleton:
    """Replace each value by a word of its own, and each tag by an empty line."""
    stem = "Hole"
    while stem in source:
        stem += "x"
    holes: dict[str, Hole] = {}
    text: list[str] = []
    hole: Hole | None = None
    in_tag = False
    for line, kind, value in environment.lex(source):
        if kind == "variable_begin":
            hole = Hole(line)
            name = f"{stem}{len(holes)}"
            holes[name] = hole
            text.append(name)
        elif kind in {"variable_end", "block_end"}:
            hole, in_tag = None, False
            text.append("\n" * value.count("\n"))
        elif kind == "block_begin":
            in_tag = True
        elif hole is not None and kind != "whitespace":
            hole.tokens.append((kind, value))
        elif kind == "data" and not in_tag:
            text.append(value)
    return Skeleton(source, "".join(text), holes)


def tags(name: str, source: str, environment: Environment) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for the tags of one template or part, whatever its type."""
    lines = source.split("\n")
    depth = 0
    for number, line in enumerate(lines, 1):
        if "{#" in line:
            yield number, "a template comment: write `# …`, so that the rendered file explains itself"
        if "{%" not in line:
            continue
        tag = _TAG_LINE.match(line)
        word = tag[1].split(" ")[0] if tag and "{%" not in tag[1] else ""
        if word not in _TAGS:
            yield number, f"a line holds one tag `{{% … %}}` by itself, one of: {', '.join(sorted(_TAGS))}"
            continue
        if word == "include" and suffix(_include(line) or "") != suffix(name):
            yield number, f'include names a file of the same type: {{% include "part{suffix(name)}" %}}'
        if _safe_filters([(kind, value) for _, kind, value in environment.lex(line) if kind != "whitespace"]):
            yield number, f"{', '.join(sorted(SAFE_FILTERS))} are for values, not for tags"
        depth += (word in {"if", "for"}) - (word in {"endif", "endfor"})
        if depth > MAX_NESTING:
            yield number, f"tags nested more than {MAX_NESTING} deep: compute it in the context"
