"""A pom.xml: name, version, and clients of servers among the dependencies.

Source: Maven's POM reference. A document type is refused, and with it every entity: nothing is expanded or fetched.

May import: clients, files, model, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.parsers import expat  # a document type ends the reading before an entity is declared

from scaffold.errors import Problem
from scaffold.evidence.clients import client
from scaffold.evidence.model import Fact, Said, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.evidence.files import Text

FILES = ("pom.xml",)

# Lists: two of other lengths are told apart at once, however deep an element lies.
_PROJECT = ["project"]
_DEPENDENCY = ["project", "dependencies", "dependency"]


class _Doctype(Exception):  # noqa: N818  an internal signal, caught in `read`
    """What a POM does not have."""


class _Elements:
    """The texts of elements by their path, with their lines; of a dependency what it is and when it is needed."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=None)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.path: list[str] = []
        self.text: list[str] = []
        self.line = 0
        self.project: dict[str, tuple[str, int]] = {}
        self.dependencies: list[dict[str, tuple[str, int]]] = []

    def _start(self, name: str, _attributes: Any) -> None:
        self.path.append(name)
        self.text = []
        self.line = self.parser.CurrentLineNumber
        if self.path == _DEPENDENCY:
            self.dependencies.append({})

    def _data(self, text: str) -> None:
        self.text.append(text)

    def _end(self, name: str) -> None:
        self.path.pop()
        found = ("".join(self.text).strip(), self.line)
        if self.path == _PROJECT:
            self.project.setdefault(name, found)
        elif self.path == _DEPENDENCY:
            self.dependencies[-1].setdefault(name, found)
        self.text = []

    @staticmethod
    def _doctype(*_: Any) -> None:
        raise _Doctype


def read(text: Text) -> Iterator[Fact]:
    """Yield what is found."""
    elements = _Elements()
    try:
        elements.parser.Parse(text.text, True)  # noqa: FBT003  expat's own signature: that was all
    except expat.ExpatError as error:
        yield Problem(text.place(error.lineno, error.offset + 1), "not XML", "mend the syntax there, or just before")
        return
    except _Doctype:
        line = elements.parser.CurrentLineNumber
        yield Problem(text.place(line), "a document type, which is not read", "take it out: a POM has none")
        return
    name, at = elements.project.get("artifactId", ("", 0))
    if name and "$" not in name:
        yield Said(text.place(at), ("metadata", "name"), name)
    version, at = elements.project.get("version", ("", 0))
    if version and "$" not in version:
        yield Version(text.place(at), version)
    for one in elements.dependencies:
        artifact, at = one.get("artifactId", ("", 0))
        if one.get("scope", ("", 0))[0] not in {"test", "provided"}:
            yield from client("java", artifact, text.place(at))
