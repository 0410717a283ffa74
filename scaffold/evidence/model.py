"""What is gathered from foreign files: an App as far as it was found, and what was seen besides.

May import: documents, errors, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from scaffold.errors import Place, Problem
from scaffold.value import Value

if TYPE_CHECKING:
    from scaffold.documents.editing import Path
    from scaffold.documents.reading import Document


class Proposal(Value, frozen=True):
    """What may be meant, and nobody said: a value for a path of the document, where it was seen, and why it is likely.

    Where something stands at the path, it is another value for it. Where the path ends in a list (`spec.to`), it is one
    more entry. Nothing of it is in the document.
    """

    path: Path
    value: Any
    place: Place
    why: str


class Gathered(Value, frozen=True):
    """An App as far as it was found.

    `document` is an App's JSON value, in which anything may be missing: the marks of what is there name the foreign
    file and line it was read from, so that `document.place(path)` is its source; where it is none of a foreign
    file's (`apiVersion`, a default that stands beside what was found), the line is 0. A secret has the variable or file
    that it is read from, but no `store` and `key`. `left` are things that were seen and are not in the document: where,
    why, and what to do. `proposals` are not in it either: see `Proposal`. No secret's value is in any of it.
    """

    document: Document
    left: tuple[Problem, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def name(self) -> str:
        """The App's name; empty where none was found."""
        metadata: dict[str, Any] = self.document.value.get("metadata", {})
        return str(metadata.get("name", ""))

    def source(self, path: Path) -> Place | None:
        """Return where the value at a path was read; None where it is not there, or in no foreign file."""
        at: Any = self.document.value
        for step in path:
            known = at if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
            if step not in known:
                return None
            at = at[step]
        place = self.document.place(path)
        return place if place.line else None


class Said(Value, frozen=True):
    """An answer as it stands: what is said first holds, another value becomes a proposal."""

    place: Place
    path: Path
    value: Any


class Port(Value, frozen=True):
    """A port, or a range up to `last`, that the process listens on; `protocol` and `name` are empty where unknown."""

    place: Place
    number: int
    last: int = 0
    protocol: str = ""
    name: str = ""


class Asked(Value, frozen=True):
    """How the process is asked whether it is well: a path at a port, or a command, word by word."""

    place: Place
    port: int = 0
    path: str = ""
    words: tuple[str, ...] = ()


class Call(Value, frozen=True):
    """What the process reaches: `peer` is `app`, `host` or `cidr`; `port` is 0 where nobody says it."""

    place: Place
    peer: str
    target: str
    port: int = 0
    protocol: str = ""


class Variable(Value, frozen=True):
    """Plain configuration: a variable with its value, which is no secret's."""

    place: Place
    name: str
    value: str


class Hidden(Value, frozen=True):
    """A secret, by the name of the variable or the path of the file that holds it: never its value."""

    place: Place
    env: str = ""
    file: str = ""


class Version(Value, frozen=True):
    """The version of what is built, which a tag of its image may have."""

    place: Place
    text: str


Fact: TypeAlias = Said | Port | Asked | Call | Variable | Hidden | Problem | Proposal | Version
"""What a reader finds, in the order in which it was written."""
