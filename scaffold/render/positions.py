"""Where a value may stand in a template: the lint that makes escaping sound.

Escaping by file type alone creates injections: inside quotes, as half of a word, in a block scalar, a serialised value
means something else. So a value may stand only as a whole scalar, key or flow item, or behind `# ` through `comment`.
The judge is the YAML parser itself: each `{{ … }}` is replaced by a word of its own, tag lines are dropped, and every
such word has to come back as exactly one whole plain scalar. Conditions and loops drop and repeat whole lines, so
nothing that gives a line its meaning (a quote, a bracket, a block scalar) may reach over the end of a line.

May import: documents, environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from jinja2 import TemplateNotFound, TemplateSyntaxError

from scaffold.documents.rereading import lines_of_scalars
from scaffold.render.environment import PARTIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

    Complaint = tuple[str, int, str]

MAX_NESTING = 2
MAX_TAGS = 1 / 3

_TAGS = frozenset(("if", "elif", "else", "endif", "for", "endfor", "include"))
_TAG_LINE = re.compile(r"\s*\{% (.*) %\}\s*\Z")
_INCLUDE = re.compile(r'include "[a-z0-9.-]+\.yaml"\Z')
_INCLUDE_LINE = re.compile(r'\s*\{% include "([a-z0-9.-]+\.yaml)" %\}\s*\Z')
_COMMENT_LINE = re.compile(r"\s*# (\S+)\Z")
_SAFE_FILTERS = frozenset(("comment", "block"))


@dataclass(slots=True)
class _Hole:
    """One `{{ … }}`: its line, and its expression's tokens without whitespace."""

    line: int
    tokens: list[tuple[str, str]] = field(default_factory=list)


def _safe_filters(tokens: list[tuple[str, str]]) -> list[int]:
    """Return where the filters stand that mark text as already safe."""
    pairs = pairwise(tokens)
    return [at for at, (one, two) in enumerate(pairs) if one == ("operator", "|") and two[1] in _SAFE_FILTERS]


def lint(name: str, environment: Environment) -> Iterator[Complaint]:
    """Yield (template, line, what is wrong) for a template and the parts it includes; nothing where escaping is sound.

    Args:
        name: the template, as the environment's loader knows it.
        environment: the blueprint's environment.
    """
    lines: list[tuple[str, int, str]] = []
    try:
        for part, source in _parts(name, environment, lines).items():
            environment.get_template(part)  # compiles it: a filter that does not exist is found here
            yield from ((part, line, why) for line, why in _tags(source, environment))
        holes, skeleton = _skeleton("".join(text for _, _, text in lines), environment)
    except TemplateSyntaxError as error:
        yield name, error.lineno, f"not a template: {error.message}"
        return
    except TemplateNotFound as error:
        yield name, 1, f"includes {error.name}, which is not in {PARTIALS}/"
        return
    for line, why in _holes(holes, skeleton):
        yield *lines[line - 1][:2], why


def _parts(name: str, environment: Environment, lines: list[tuple[str, int, str]], depth: int = 0) -> dict[str, str]:
    """Return the template and its parts by name; `lines` receives (part, line, text), each include put in place."""
    assert environment.loader is not None  # noqa: S101  made with one, in `environment`
    source = environment.loader.get_source(environment, name)[0]
    found = {name: source}
    for number, text in enumerate(source.splitlines(keepends=True), 1):
        include = _INCLUDE_LINE.match(text)
        if include is None:
            lines.append((name, number, text))
        elif depth >= MAX_NESTING:
            raise TemplateSyntaxError(f"includes nested more than {MAX_NESTING} deep", number, name)
        else:
            found |= _parts(include[1], environment, lines, depth + 1)
    return found


def _skeleton(source: str, environment: Environment) -> tuple[dict[str, _Hole], str]:
    """Replace each value by a word of its own, and drop tags."""
    stem = "Hole"
    while stem in source:
        stem += "x"
    holes: dict[str, _Hole] = {}
    text: list[str] = []
    hole: _Hole | None = None
    in_tag = False
    for line, kind, value in environment.lex(source):
        if kind == "variable_begin":
            hole = _Hole(line)
            name = f"{stem}{len(holes)}"
            holes[name] = hole
            text.append(name)
        elif kind in {"variable_end", "block_end"}:
            hole, in_tag = None, False
        elif kind == "block_begin":
            in_tag = True
        elif hole is not None and kind != "whitespace":
            hole.tokens.append((kind, value))
        elif kind == "data" and not in_tag:
            text.append(value)
    return holes, "".join(text)


def _tags(source: str, environment: Environment) -> Iterator[tuple[int, str]]:
    lines = source.split("\n")
    depth = 0
    for number, line in enumerate(lines, 1):
        if "{#" in line:
            yield number, "a template comment: write `# …`, so that the rendered file explains itself"
        if "{%" not in line:
            continue
        tag = _TAG_LINE.match(line)
        name = tag[1].split(" ")[0] if tag and "{%" not in tag[1] else ""
        if name not in _TAGS:
            yield number, f"a line holds one tag `{{% … %}}` by itself, one of: {', '.join(sorted(_TAGS))}"
            continue
        if name == "include" and tag and not _INCLUDE.match(tag[1]):
            yield number, 'include names a file: {% include "part.yaml" %}'
        if _safe_filters([(kind, value) for _, kind, value in environment.lex(line) if kind != "whitespace"]):
            yield number, "comment and block are for values, not for tags"
        depth += (name in {"if", "for"}) - (name in {"endif", "endfor"})
        if depth > MAX_NESTING:
            yield number, f"tags nested more than {MAX_NESTING} deep: compute it in the context"


def _holes(holes: dict[str, _Hole], skeleton: str) -> Iterator[tuple[int, str]]:
    lines = skeleton.split("\n")
    bare = {line.strip() for line in lines}
    commented = {match[1] for line in lines if (match := _COMMENT_LINE.match(line))}
    try:
        found = lines_of_scalars(skeleton)
    except ValueError as error:
        yield 1, f"not YAML, line by line, once its tags are removed: {error}"
        return
    whole = [value for value, plain in found if plain]
    for name, hole in holes.items():
        safe = _safe_filters(hole.tokens)
        last = hole.tokens[safe[-1] + 1][1] if safe else ""
        appearances = sum(name in re.findall(r"\w+", value) for value, _ in found)
        if name in commented and not appearances:
            if len(safe) != 1 or last != "comment" or hole.tokens[-1] != ("name", "comment"):
                yield hole.line, "a value in a comment ends in `| comment`"
        elif whole.count(name) != 1 or appearances != 1 or name in bare:
            yield hole.line, "a value stands only as a whole scalar, key or flow item, or as `# {{ … | comment }}`"
        elif safe and not (len(safe) == 1 and last == "block" and _block_fits(name, hole, lines)):
            yield (
                hole.line,
                "comment belongs behind `# `; block(N) ends `key: {{ … }}`, N two more than the key's indent",
            )


def _block_fits(name: str, hole: _Hole, lines: list[str]) -> bool:
    line = next(line for line in lines if re.search(rf"\b{name}\b", line))
    key = re.match(rf"( *)\S+: {name}\Z", line)
    tail = [value for _, value in hole.tokens[-4:]]
    return key is not None and tail == ["block", "(", str(len(key[1]) + 2), ")"]


def tag_share(sources: list[str]) -> float:
    """Return which part of the lines of a blueprint's templates are tags; templates look like what they make."""
    lines = [line for source in sources for line in source.splitlines()]
    return sum("{%" in line for line in lines) / max(len(lines), 1)
