"""What the cluster is, where no Platform says it; and every field that nothing else asks for, on demand.

May import: around, question, schema, seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.wizard.question import APP, PLATFORM
from scaffold.wizard.questions.schema import chosen, properties, variants, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from scaffold.wizard.question import Question
    from scaffold.wizard.questions.seen import Seen


def questions(seen: Seen, owned: AbstractSet[tuple[str, str]], wanted: Callable[[str], bool]) -> Iterator[Question]:
    """Yield the questions of the section.

    Args:
        seen: the answers so far.
        owned: kind and field of the spec that other questions decide.
        wanted: whether a question is wanted, by its id.
    """
    for kind in (APP, PLATFORM) if not seen.around.platforms else (APP,):
        for name, schema in properties(seen.around, kind).items():
            if (kind, name) in owned or not wanted(f"{kind.lower()}.{name}"):
                continue
            many = "additionalProperties" in schema
            if not many and variants(seen.around, kind, schema):
                yield from chosen(seen, kind, name, "Platform")
            else:
                yield whole(seen.around, kind, name, "Service" if kind == APP else "Platform")
