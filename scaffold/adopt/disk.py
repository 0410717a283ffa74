"""Write adopted answers: new files only, all of them or none, and never where they were read from.

May import: adopting (types), evidence.written, names, errors.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.errors import OutputError, TakenError, printable
from scaffold.evidence.written import app_yaml
from scaffold.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scaffold.adopt.adopting import Adopted

_STDIN = "-"


def files(found: Adopted, out: Path) -> dict[str, str]:
    """Return the text of each file, by its path: `<namespace>-<name>.yaml` in the output folder."""
    made: dict[str, str] = {}
    for document in found.documents:
        metadata = document.value["metadata"]
        own = f"{slug(str(metadata['namespace']))}-{metadata['name']}" if document.kind == "App" else "platform"
        name, number = own, 2
        while str(out / f"{name}.yaml") in made:  # the names of two may be joined to the same
            name, number = f"{own}-{number}", number + 1
        made[str(out / f"{name}.yaml")] = app_yaml(document)
    return made


def create(texts: Mapping[str, str], out: Path, sources: Iterable[str]) -> None:
    """Create files that are not there.

    Args:
        texts: by path.
        out: the output folder, which need not exist.
        sources: what was read: nothing is written into it.

    Raises:
        OutputError: the folder cannot be used, or lies in a source.
        TakenError: files of these names are there.
    """
    _check(out, sources)
    there = [path for path in texts if os.path.lexists(path)]
    if there:
        raise TakenError(tuple(there))
    made: list[str] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with Path(path).open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
    except OSError as error:
        for path in made:
            Path(path).unlink(missing_ok=True)
        raise OutputError(f"{printable(str(out))}: cannot be written: {error.strerror}") from error


def _check(out: Path, sources: Iterable[str]) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{printable(str(out))}: not a folder\n    name a folder, which need not exist")
    real = out.resolve()
    for source in sources:
        folder = Path(source).resolve()
        if source != _STDIN and folder.is_dir() and real.is_relative_to(folder):
            why = f"{printable(str(out))} lies in {printable(source)}, which is read and stays as it is"
            raise OutputError(f"{why}\n    name a folder beside it")
