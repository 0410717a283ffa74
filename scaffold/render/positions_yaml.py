"""Where a value may stand in YAML: as a whole scalar, key or flow item, or behind `# ` through `comment`.

The judge is the YAML parser itself: every hole's word has to come back as exactly one whole plain scalar. Conditions
and loops drop and repeat whole lines, so nothing that gives a line its meaning (a quote, a bracket, a block scalar) may
reach over the end of a line.

May import: documents, holes.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from scaffold.documents.rereading import lines_of_scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.render.holes import Hole, Skeleton

_COMMENT_LINE = re.compile(r"\s*# (\S+)\Z")


def positions(skeleton: Skeleton) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each value that stands elsewhere."""
    lines = skeleton.text.split("\n")
    bare = {line.strip() for line in lines}
    commented = {match[1] for line in lines if (match := _COMMENT_LINE.match(line))}
    try:
        found = lines_of_scalars(skeleton.text)
    except ValueError as error:
        yield 1, f"not YAML, line by line, once its tags are removed: {error}"
        return
    whole = Counter(value for value, plain in found if plain)
    words = Counter(word for value, _ in found for word in set(re.findall(r"\w+", value)))
    for name, hole in skeleton.holes.items():
        if name in commented and not words[name]:
            if not hole.ends_in("comment"):
                yield hole.line, "a value in a comment ends in `| comment`"
        elif whole[name] != 1 or words[name] != 1 or name in bare:
            yield hole.line, "a value stands only as a whole scalar, key or flow item, or as `# {{ … | comment }}`"
        elif hole.safe and not (hole.safe == ("block",) and _block_fits(name, hole, lines)):
            yield (
                hole.line,
                "comment belongs behind `# `; block(N) ends `key: {{ … }}`, N two more than the key's indent",
            )


def _block_fits(name: str, hole: Hole, lines: list[str]) -> bool:
    line = next(line for line in lines if re.search(rf"\b{name}\b", line))
    key = re.match(rf"( *)\S+: {name}\Z", line)
    tail = [value for _, value in hole.tokens[-4:]]
    return key is not None and tail == ["block", "(", str(len(key[1]) + 2), ")"]
