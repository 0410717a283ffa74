"""The base of every declared value.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Answer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=False):
    """The base of every declared value: frozen, closed. Of the fields in `ONE_OF`, exactly one is given."""

    ONE_OF: ClassVar[tuple[str, ...]] = ()


class Variant(Answer, frozen=True):
    """One of the choices that blueprints offer; its own fields are theirs."""
