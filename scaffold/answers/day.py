"""The last day on which something holds that somebody has to look at again. May import: nothing of the project."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

Day: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)", max_length=10, description="a day, as YYYY-MM-DD",
        examples=["2027-03-01"], extra={"remedy": "for example 2027-03-01"},
    ),
]  # fmt: skip
