"""What the last stage of a Dockerfile, or a named one, consists of: its own instructions behind those it is built on.

May import: lines, words, variables, credentials, value.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

from scaffold.evidence.credentials import is_secret
from scaffold.evidence.dockerfile.lines import escape_of, instructions
from scaffold.evidence.dockerfile.words import expand, split
from scaffold.evidence.variables import Unknown
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scaffold.evidence.dockerfile.lines import Instruction

_MOST_STAGES = 100
_MOST_VARIABLES = 1000
# Of others nobody asks for words; the rest of RUN and CMD is for a shell.
_EXPANDED = ("EXPOSE", "HEALTHCHECK", "RUN", "USER", "VOLUME")


class Step(Value, frozen=True):
    """An instruction of a stage, and its words with variables in their place; None for a word that is not known."""

    line: int
    name: str
    rest: str
    words: tuple[str | None, ...]


class Stage(Value, frozen=True):
    """The image that it starts from (empty: not known), the line that says so, and all of its steps in order."""

    base: str
    line: int
    steps: tuple[Step, ...]


class _Block:
    """The instructions between one FROM and the next."""

    def __init__(self, start: Instruction) -> None:
        self.start = start
        words = [word for word in split(start.rest) if not word.startswith("--")]
        self.image = words[0] if words else ""
        self.name = words[2].lower() if len(words) > 2 and words[1].lower() == "as" else ""  # noqa: PLR2004  FROM a AS b
        self.rest: list[Instruction] = []


def stage(text: str, target: str = "") -> Stage | None:
    """Return the stage that is built, by default the last one; None where there is none.

    Args:
        text: a Dockerfile's.
        target: the name or the number of another stage.
    """
    escape = escape_of(text)
    heads: list[Instruction] = []
    blocks: list[_Block] = []
    for one in instructions(text):
        if one.name == "FROM":
            blocks.append(_Block(one))
        elif blocks:
            blocks[-1].rest.append(one)
        else:
            heads.append(one)
    # Arguments before the first stage are for FROM, and for stages that ask for them.
    outer: dict[str, str] = {}
    for one in heads:
        if one.name == "ARG":
            _argue(outer, one, outer, escape)
    wanted = _index(blocks, target, outer, escape) if target else len(blocks) - 1
    if wanted is None or not 0 <= wanted < len(blocks):
        return None
    chain, base = _chain(blocks, wanted, outer, escape)
    return Stage(base, chain[0].start.line, tuple(_steps(chain, outer, escape)))


def _chain(blocks: list[_Block], wanted: int, outer: dict[str, str], escape: str) -> tuple[list[_Block], str]:
    """Return the stages that one is built on, the first one first, and the image below all of them."""
    chain = [blocks[wanted]]
    while len(chain) <= _MOST_STAGES:
        try:
            image = expand(chain[0].image, outer, escape)
        except Unknown:
            return chain, ""
        before = blocks[: blocks.index(chain[0])]
        below = _index(before, image, outer, escape)
        if below is None:
            return chain, image
        chain.insert(0, blocks[below])
    return chain, ""


def _index(blocks: list[_Block], name: str, outer: dict[str, str], escape: str) -> int | None:
    """Return the stage of a name or number; of two with one name, the last."""
    try:
        wanted = expand(name, outer, escape).lower()
    except Unknown:
        return None
    named = [index for index, one in enumerate(blocks) if one.name == wanted and wanted]
    if named:
        return named[-1]
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else None  # noqa: PLR2004  no image has such a name


def _steps(chain: Iterable[_Block], outer: dict[str, str], escape: str) -> Iterator[Step]:
    variables: dict[str, str] = {}
    for block in chain:
        arguments: dict[str, str] = {}  # no stage inherits them
        known = ChainMap(variables, arguments)
        for one in block.rest:
            if one.name == "ARG":
                _argue(arguments, one, ChainMap(variables, arguments, outer), escape)
            elif one.name == "ENV":
                # All that one instruction sets is worked out before any of it is set.
                made = [(name, _value(name, value, known, escape)) for name, value in assignments(one.rest, escape)]
                for name, value in made:
                    _set(variables, name, value)
                    arguments.pop(name, None)
            yield Step(one.line, one.name, one.rest, tuple(_words(one, known, escape)))


def _words(one: Instruction, known: Mapping[str, str], escape: str) -> Iterator[str | None]:
    for word in split(one.rest, escape) if one.name in _EXPANDED else ():
        try:
            yield expand(word, known, escape)
        except Unknown:
            yield None


def assignments(text: str, escape: str) -> list[tuple[str, str]]:
    """Return what ENV sets: `A=1 B=2`, or, in the old form, `A the rest`."""
    words = split(text, escape)
    if words and "=" not in words[0]:
        name, _, value = text.partition(" ")
        return [(name, value.strip())]
    return [(name, value) for name, sign, value in (word.partition("=") for word in words) if sign]


def _argue(arguments: dict[str, str], one: Instruction, known: Mapping[str, str], escape: str) -> None:
    for word in split(one.rest, escape):
        name, sign, value = word.partition("=")
        if sign:
            _set(arguments, name, _value(name, value, known, escape))
        elif name in known:
            _set(arguments, name, known[name])


def _set(values: dict[str, str], name: str, value: str | None) -> None:
    values.pop(name, None)
    if value is not None and len(values) < _MOST_VARIABLES:
        values[name] = value


def _value(name: str, value: str, known: Mapping[str, str], escape: str) -> str | None:
    """Return a variable's value; None of a secret, which is forgotten at once, and of what is not known."""
    try:
        made = expand(value, known, escape)
    except Unknown:
        return None
    return None if is_secret(name, made) else made
