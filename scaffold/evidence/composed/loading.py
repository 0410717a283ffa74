"""Put a project together from its compose files: what they include, what overrides them, what services extend.

Source: the Compose specification (include; extends; merge).

May import: merging, interpolation, nodes, files, errors.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.documents.reading import quoted
from scaffold.errors import Place, Problem
from scaffold.evidence.composed.interpolation import interpolated
from scaffold.evidence.composed.merging import merged
from scaffold.evidence.files import text_of
from scaffold.evidence.nodes import Node, nodes
from scaffold.evidence.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_FILES = 20
_MOST_SERVICES = 500
_DEEPEST = 16


class Project:
    """The services of a project, each with its folder's own file; `problems` are what could not be put together.

    No file outside `within` is read.
    """

    def __init__(self, files: Sequence[Path], within: Path) -> None:
        self.within = within
        self.problems: list[Problem] = []
        self._read: dict[Path, Node | None] = {}
        self.services: dict[str, Node] = {}
        for file in files:
            self._add(file, 0)

    def _add(self, file: Path, depth: int) -> None:
        whole = self._file(file)
        if whole is None or depth > _DEEPEST:
            return
        included = whole.get("include")
        for entry in included.items() if included else ():
            paths = entry.get("path") if isinstance(entry.value, dict) else entry
            for path in paths.items() if paths else ():
                self._add(self._beside(file, path), depth + 1)
        given = whole.get("services")
        for name, service in given.parts() if given else ():
            if not isinstance(service.value, dict):
                self.problems.append(Problem(service.place, f"{quoted(name)} is no service", "write it as a mapping"))
                continue
            if len(self.services) >= _MOST_SERVICES and name not in self.services:
                why = f"more than {_MOST_SERVICES} services: the others are not read"
                self.problems.append(Problem(service.begin, why, "split the project"))
                return
            made = self._extended(file, service, [])
            known = self.services.get(name)
            self.services[name] = merged(known, made) if known else made

    def _extended(self, file: Path, service: Node, seen: list[Place]) -> Node:
        """Return a service of a file on top of what it extends."""
        extends = service.get("extends")
        own = Node(
            {key: part for key, part in service.value.items() if key != "extends"}, service.place, key=service.key
        )
        if extends is None:
            return own
        if service.place in seen or len(seen) > _DEEPEST:
            self.problems.append(Problem(extends.place, "extends itself in the end", "take one of the `extends` away"))
            return own
        other = extends.get("file")
        at = self._beside(file, other) if other else file
        name = (extends.get("service") or extends).text
        whole = self._file(at)
        base = whole.get("services", name) if whole else None
        if base is None or not isinstance(base.value, dict):
            why = f"extends {quoted(name)}, which is not there"
            self.problems.append(Problem(extends.place, why, "name a service of that file"))
            return own
        return merged(self._extended(at, base, [*seen, service.place]), own)

    def _beside(self, file: Path, path: Node) -> Path:
        try:
            return Path(os.path.normpath(file.parent / interpolated(path.text)))
        except Unknown:
            why = "a file's name that is known when it is started, at the earliest"
            self.problems.append(Problem(path.place, why, "name the file"))
            return file

    def _file(self, file: Path) -> Node | None:
        """Return a file's document; a file is read once."""
        if file in self._read:
            return self._read[file]
        if len(self._read) >= _MOST_FILES:
            why = f"more than {_MOST_FILES} compose files"
            self.problems.append(Problem(Place(str(file), 1, 1), why, "name fewer of them"))
            return None
        text, problems = text_of(file, self.within)
        self.problems += problems
        found: list[Node] = []
        if text is None and not problems:
            self.problems.append(Problem(Place(str(file), 1, 1), "no such file", "check the path"))
        if text is not None:
            found, problems = nodes(text)
            self.problems += problems
        self._read[file] = found[0] if found and isinstance(found[0].value, dict) else None
        return self._read[file]
