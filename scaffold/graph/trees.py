"""Where manifests come from: files, folders of them, kustomize trees, and standard input.

A folder that holds a kustomization is what kustomize builds from it; any other folder is every YAML and JSON file below
it. Hidden folders are left out.

May import: kustomize, answers.sources, documents, errors.
"""

from __future__ import annotations

import json as json_
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec import Struct, field

from scaffold.answers.sources import STDIN, STDIN_NAME, file_bytes, stdin_bytes
from scaffold.documents.reading import MAX_DEPTH, Document, Mark, read
from scaffold.errors import Place, Problem
from scaffold.kustomize.build import build
from scaffold.kustomize.files import is_kustomization

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 64 << 20
"""Of one file: a cluster's objects, as one List, are larger than any answer."""

_SUFFIXES = (".json", ".yaml", ".yml")


class Tree(Struct):
    """The documents that were found, what could not be read, what is worth saying, and the text of each file."""

    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _kustomizations: list[tuple[Path, bool]] = field(default_factory=list)  # and whether a person named them

    def add(self, path: Path) -> None:
        """Add a file or a folder; each file is read once, by whichever way it is met."""
        if path.is_dir():
            self._folder(path, named=True)
        elif self._is_new(path):
            self._file(path)

    def _is_new(self, path: Path) -> bool:
        real = os.path.realpath(path)
        new = real not in self._seen
        self._seen.add(real)
        return new

    def _folder(self, path: Path, *, named: bool = False) -> None:
        if not self._is_new(path):
            return
        if is_kustomization(path):
            self._kustomizations.append((path, named))
            return
        if (path / "Chart.yaml").is_file():
            remedy = f"render it first: `helm template {path} | scaffold graph -`"
            self.problems.append(Problem(Place(str(path), 1, 1), "a Helm chart holds templates, no manifests", remedy))
            return
        try:
            inside = sorted(path.iterdir())
        except OSError as error:
            self._unreadable(str(path), error)
            return
        for one in inside:
            if one.is_dir():
                if not one.name.startswith(".") and not one.is_symlink():
                    self._folder(one)
            elif one.suffix in _SUFFIXES and self._is_new(one):
                self._file(one)

    def build(self) -> None:
        """Add what kustomize builds from the folders that were met; a base of another is in what that one builds."""
        made = [(path, named, build(path)) for path, named in self._kustomizations]
        self._kustomizations = []
        inner = {real for _, _, built in made for real in built.folders[1:]}
        for path, named, built in made:
            if os.path.realpath(path) in inner or (built.kind == "Component" and not named):
                continue
            self.documents += built.documents
            self.problems += [problem for problem in built.problems if problem not in built.unread]
            self.notes += [f"{problem.place}: {problem.message}; {problem.remedy}" for problem in built.unread]
            self.texts |= built.texts

    def _file(self, path: Path) -> None:
        try:
            data = file_bytes(path, MOST_BYTES)
        except OSError as error:
            self._unreadable(str(path), error)
            return
        self.text(data, str(path), json=path.suffix == ".json")

    def stdin(self) -> None:
        """Add what comes through standard input, once."""
        if STDIN in self._seen:
            return
        self._seen.add(STDIN)
        try:
            data = stdin_bytes(MOST_BYTES)
        except OSError as error:
            self._unreadable(STDIN_NAME, error, "pipe manifests into it, or name a file")
            return
        self.text(data, STDIN_NAME, json=data[:1] == b"{")

    def text(self, data: bytes, name: str, *, json: bool) -> None:
        """Add the documents of a text."""
        value = quick(data) if json else None
        if value is not None:
            self.documents.append(Document(name, value, Mark(0, 0)))
            return
        # In JSON a tab is a space: inside a string it is an escape. YAML readers take none at a line's start.
        found, problems = read(data.replace(b"\t", b" ") if json else data, name, MOST_BYTES)
        self.documents += found
        self.problems += problems
        self.texts[name] = data.decode("utf-8", "replace")

    def _unreadable(self, name: str, error: OSError, remedy: str = "check the path") -> None:
        self.problems.append(Problem(Place(name, 1, 1), f"cannot be read: {error.strerror}", remedy))


def quick(data: bytes) -> Any:
    """Return what a JSON text says, without places; None where it is no sound JSON, or has to be looked at closely.

    A cluster's objects are lists of many megabytes, which are read in this way in a tenth of the time.
    """
    if len(data) > MOST_BYTES:
        return None
    try:
        value = json_.loads(data, object_pairs_hook=_once, parse_constant=_refuse)
        if b"\\ud" in data.lower():  # half of a character, perhaps, which nobody can print
            json_.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    level: list[Any] = [[value]]
    depth = 0
    while level:
        inside = (inner for one in level for inner in (one.values() if isinstance(one, dict) else one))
        level = [inner for inner in inside if isinstance(inner, (dict, list))]
        depth += 1
    return value if depth <= MAX_DEPTH + 1 else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError
    return made


def _refuse(_: str) -> NoReturn:
    raise ValueError


def read_trees(paths: Iterable[str]) -> Tree:
    """Read every document of files, folders, and, for `-`, of standard input."""
    tree = Tree()
    for path in paths:
        if path == STDIN:
            tree.stdin()
        elif not Path(path).exists():
            tree.problems.append(Problem(Place(path, 1, 1), "cannot be read: there is no such file", "check the path"))
        else:
            tree.add(Path(path))
    tree.build()
    return tree
