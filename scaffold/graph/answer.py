"""An answer to a question: whether it flows, and what decides at each end.

May import: errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.errors import printable
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator


class Deciding(Value, frozen=True):
    """One rule that decides: of which object, which part of it, where it was written, and the comment above it."""

    rule: str
    part: str = ""
    place: str = ""
    comment: str = ""


class Side(Value, frozen=True):
    """What is said at one end: what it is, whether it allows the flow, why, and by which rules."""

    name: str
    allowed: bool
    reason: str
    rules: tuple[Deciding, ...] = ()


class Answer(Value, frozen=True):
    """Whether a source may open a port of a target; `ports` are those that it may, `notes` what to know besides."""

    source: str
    target: str
    asked: str
    allowed: bool
    ports: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> dict[str, Any]:
        """The answer as JSON."""
        return {
            "allowed": self.allowed, "source": self.source, "target": self.target, "asked": self.asked,
            "ports": list(self.ports),
            "sides": [
                {
                    "side": side.name, "allowed": side.allowed, "reason": side.reason,
                    "rules": [
                        {"object": one.rule, "part": one.part, "place": one.place, "comment": one.comment}
                        for one in side.rules
                    ],
                }
                for side in self.sides
            ],
            "notes": list(self.notes),
        }  # fmt: skip

    @property
    def text(self) -> str:
        """The answer as people read it."""
        return "\n".join(printable(line) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{'yes' if self.allowed else 'no'}: {self.source} -> {self.target}, {self.asked}"
        if self.allowed and self.ports and self.ports != (self.asked,):
            yield f"  open: {', '.join(self.ports)}"
        for side in self.sides:
            yield f"  {'open' if side.allowed else 'shut'}  {side.name}: {side.reason}"
            for one in side.rules:
                yield f"        {one.rule}{f', {one.part}' if one.part else ''}"
                yield from (f"          {line}" for line in (one.comment, one.place) if line)
        for note in self.notes:
            yield f"  {note}"
