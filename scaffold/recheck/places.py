"""Where a finding is on disk: the line and column of what it is about, in the file that somebody has to change.

A finding names a path in the bundle with a JSON pointer behind `#`, the place of an answer, an App, or a flow. Where a
team changed an object, what it wrote is to blame, not the base.

May import: blame, meant, tree, found, documents, bundle, answers, finding, errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.documents.reading import MAX_BYTES, Document, read
from scaffold.errors import Place
from scaffold.recheck.blame import blamed, changed
from scaffold.recheck.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from scaffold.answers.load import Answers
    from scaffold.finding import Finding
    from scaffold.recheck.tree import Tree

_ANSWER = re.compile(r"(.+):([0-9]+):([0-9]+)\Z")
_APP = re.compile(r"[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*")
_INDEXES = ("kustomization.yaml", "SECURITY.md")


class Places:
    """Places in one Platform's folder; each file is read once, and only where something was found in it."""

    def __init__(self, root: Path, tree: Tree, answers: Answers | None, edited: Mapping[str, Place]) -> None:
        """Look for places.

        Args:
            root: the Platform's folder.
            tree: what lies in it.
            answers: what it should be, if that was given.
            edited: where generated files are not what they should be, by path.
        """
        self._root, self._tree, self._answers, self._edited = root, tree, answers, edited
        self._files = {file.path: file for file in tree.files}
        self._read: dict[str, Document | None] = {}

    def found(self, findings: Iterable[Finding]) -> Iterator[Found]:
        """Yield each finding with its place; one that is about no file says what it is about."""
        for finding in findings:
            path, _, pointer = finding.place.partition("#")
            answer = _ANSWER.fullmatch(finding.place)
            document = self._document(path)
            if document is not None:
                yield Found(finding, blamed(document, pointer, finding.reason))
            elif path in self._files:
                yield Found(finding, Place(str(self._root / path), 0, 0))
            elif answer:
                yield Found(finding, Place(answer[1], int(answer[2]), int(answer[3])))
            else:
                yield Found(finding.behind(f"{finding.place}: "), self._about(finding.place))

    def _document(self, path: str) -> Document | None:
        """Return the object that a path of the bundle stands for, with its marks."""
        if path in self._tree.built:
            return self._tree.built[path]
        if path not in self._read:
            file = self._files.get(path)
            data = file.text.encode() if file is not None and path.endswith(".yaml") else b""
            found, _ = read(data, str(self._root / path), max(MAX_BYTES, len(data)))
            self._read[path] = found[0] if found else None
        return self._read[path]

    def _about(self, place: str) -> Place:
        """Return where to look for what is wrong with an App, a folder, or a flow between Apps."""
        for name in _INDEXES:
            if (own := f"{place}/{name}") in self._files:
                return Place(str(self._root / own), 0, 0)
        keys = [key for key in _APP.findall(place) if self._is_app(key)]
        if place.startswith("App ") and self._answers is not None:
            return self._answers.place(keys[0], ("spec",)) if keys else self._whole()
        return self._of_policies(keys) or self._whole()

    def _is_app(self, key: str) -> bool:
        known = self._answers is not None and key in self._answers.documents
        return known or any(path.startswith(f"apps/{key}/") for path in self._files)

    def _of_policies(self, keys: list[str]) -> Place | None:
        """Return what somebody changed of some Apps, or in their namespaces, policies first; else an App's policy."""
        policies = {one.path for one in self._tree.written if one.kind.endswith("Policy")}
        edited = [(path, place) for path, place in sorted(self._edited.items()) if path in policies]
        written = (*self._of_teams(policies=True), *edited, *self._of_teams(policies=False))
        spaces = dict.fromkeys(key.partition("/")[0] for key in keys)
        own = tuple(f"apps/{key}/" for key in keys)
        around = tuple(f"{top}/{space}/" for space in spaces for top in ("apps", "namespaces"))
        for folders in (own, around):
            for path, place in written:
                if path.startswith(folders):
                    return place
        base = sorted(path for path in policies if path.startswith(own))
        return Place(str(self._root / base[0]), 1, 1) if base else None

    def _of_teams(self, *, policies: bool) -> Iterator[tuple[str, Place]]:
        """Yield the places of what teams changed of policies, or of all else, and of what they added."""
        for path, document in sorted(self._tree.built.items()):
            place = changed(document) or (None if path in self._files else document.place())
            if place is not None and document.kind.endswith("Policy") == policies:
                yield path, place

    def _whole(self) -> Place:
        """Return a file that stands for everything."""
        for name in _INDEXES:
            if name in self._files:
                return Place(str(self._root / name), 0, 0)
        return Place(str(self._root), 0, 0)
