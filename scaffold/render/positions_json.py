"""Where a value may stand in JSON: as a whole value, in a file without conditions and loops.

A condition would have to take a comma with it. So what differs is computed before, and is one value.

May import: documents, holes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scaffold.documents.rereading_json import strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.render.holes import Skeleton


def positions(skeleton: Skeleton) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each value that stands elsewhere, and for each tag but include."""
    for number, line in enumerate(skeleton.source.split("\n"), 1):
        if "{%" in line:
            yield number, "a condition or a loop in JSON: compute the value in the context"
    names = "|".join(skeleton.holes) or r"(?!)"
    text = re.sub(rf"\b({names})\b", lambda match: json.dumps(match[0]), skeleton.text)
    try:
        found = list(_values(strict(text)))
    except ValueError as error:
        yield 1, f"not JSON, once each value is replaced by a string (a value stands only as a whole value): {error}"
        return
    for name, hole in skeleton.holes.items():
        if found.count(name) != 1 or text.count(json.dumps(name)) != 1:
            yield hole.line, "a value stands only as a whole value, not as a key and not in a string"
        elif hole.safe:
            yield hole.line, f"{', '.join(hole.safe)}: no such filter in JSON"


def _values(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value, without its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _values(item)
