"""What it may do through the API.

May import: around, question, seen, schema, spelling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.wizard.question import APP, PLATFORM, Default, Question, or_yaml
from scaffold.wizard.questions.schema import fields
from scaffold.wizard.spelling.entries import NONE
from scaffold.wizard.spelling.rights import FORM, read, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.wizard.questions.seen import Seen

_PERMISSIONS = ("spec", "permissions")


def questions(seen: Seen) -> Iterator[Question]:
    """Yield the questions of the section."""
    found = seen.around.default(_PERMISSIONS, spell)
    yield Question(
        "permissions",
        "Rights",
        "API permissions",
        "What may it do through the Kubernetes API?",
        f"In its own namespace, and no more: {FORM}. With {NONE} its pods carry no token: most services need none.",
        or_yaml(_PERMISSIONS, read),
        ((APP, _PERMISSIONS),),
        found or Default(NONE, "no token"),
        quiet=found is None,
        link="https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    )
    if seen.value(_PERMISSIONS) and not seen.around.platforms:
        part = seen.around.schemas[PLATFORM]["$defs"]["ApiServer"]
        yield from fields("Rights", part, PLATFORM, ("spec", "apiServer"), "apiServer")
