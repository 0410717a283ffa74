"""Verify an output again: as it lies on disk, against the answers that it should be made of, or by itself.

May import: the rest of recheck, bundle, catalog, choice, answers, finding, errors, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.bundle.folder import locked
from scaffold.bundle.lock import LOCK
from scaffold.bundle.plain_values import plain_values
from scaffold.catalog import digests
from scaffold.documents.reading import quoted
from scaffold.errors import OutputError
from scaffold.recheck import drift
from scaffold.recheck.blame import in_file
from scaffold.recheck.ended import ended, over
from scaffold.recheck.found import Found, gravest_first
from scaffold.recheck.judge import judged
from scaffold.recheck.meant import meant, output_of, part_of
from scaffold.recheck.places import Places
from scaffold.recheck.since import Since, gravest, since
from scaffold.recheck.tree import Tree, folders_of, of_lock, read_tree
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from scaffold.answers.load import Answers
    from scaffold.bundle.lock import Lock
    from scaffold.catalog import Catalog
    from scaffold.errors import Place
    from scaffold.recheck.meant import Meant


class Recheck(Value, frozen=True):
    """What was found, the gravest first; what is worth knowing beside it; and what changes, if that was asked."""

    found: tuple[Found, ...]
    notes: tuple[str, ...]
    changes: tuple[Since, ...] | None = None

    @property
    def passed(self) -> bool:
        """Whether there is no error in it."""
        return not any(one.finding.severity == "error" for one in self.found)


class Output(Value, frozen=True):
    """A folder that `scaffold render` wrote to, what it wrote, and the program that looks at it now."""

    root: Path
    lock: Lock
    catalog: Catalog


def opened(root: Path, catalog: Catalog) -> Output:
    """Return an output with its lock.

    Raises:
        OutputError: the folder is none that `scaffold render` wrote to, or its lock cannot be trusted.
    """
    lock = locked(root)
    if lock is None:
        raise OutputError(f"{root}: there is no {LOCK} in it\n    name the folder that was given to scaffold render -o")
    return Output(root, lock, catalog)


def recheck(output: Output, tool: str, several: Sequence[Answers], day: date) -> Recheck:
    """Verify an output.

    Args:
        output: what `opened` returned.
        tool: this program's version.
        several: the answers for each Platform; none where they are not known: what can be told without is.
        day: today, by which exceptions have to hold.

    Raises:
        AnswersError: the answers cannot be used.
        OutputError: the folder cannot be read, a path in it leads elsewhere, or it holds a part that is none.
    """
    root, lock = output.root, output.lock
    versions = drift.versions(lock, root, tool, digests(output.catalog))
    found, notes = _answered(output, several, day) if several else _alone(output)
    if lock.part:
        held = quoted(lock.part)[1:-1]
        notes.append(f"note: the output holds the part {held}; the rest is taken as it would be rendered")
    return Recheck(gravest_first({*versions, *found}), tuple(notes))


def changed(result: Recheck, base: Output, output: Output) -> Recheck:
    """Return a result with what changes from another output to this one.

    Raises:
        OutputError: one of them cannot be read.
    """
    changes: list[Since] = []
    notes: dict[str, None] = {}
    for folder in sorted({*folders_of(base.lock), *folders_of(output.lock)}):
        trees = (_by_itself(one, folder) if folder in folders_of(one.lock) else None for one in (base, output))
        found, said = since(*trees)
        changes += (one.behind(f"{folder.rstrip('/')}: " if folder else "") for one in found)
        notes |= dict.fromkeys(said)
    return replace(result, notes=(*result.notes, *notes), changes=gravest(changes))


def _by_itself(output: Output, folder: str) -> Tree:
    """Read one Platform's folder as its lock describes it."""
    return read_tree(output.root, folder, of_lock(output.lock, folder, output.catalog))


def _answered(output: Output, several: Sequence[Answers], day: date) -> tuple[set[Found], list[str]]:
    made = meant(output.catalog, several, part_of(output.lock, output.catalog))
    whole = output_of(made)
    drifted = set(drift.from_rendering(whole, output.lock, output.root))
    # The lock lies in the same folder: what it says of files counts for those alone that are not rendered any more.
    stale = (path for path, entry in output.lock.files.items() if entry.ownership == "generated")
    ownership = dict.fromkeys(stale, "generated") | {file.path: file.ownership for file in whole.files}
    found = {*drifted, *_of_people(output, ownership)}
    for one in made:
        tree = _tree_of(output, one)
        behind = f"{one.answers.platform.metadata.name}: " if len(made) > 1 else ""
        own = _of_platform(output, one, tree, day, _edited(drifted, one.folder))
        found |= {replace(each, finding=each.finding.behind(behind)) for each in own}
    return found, []


def _of_platform(output: Output, one: Meant, tree: Tree, day: date, edited: Mapping[str, Place]) -> Iterator[Found]:
    """Yield what is found in one Platform's folder, and in its answers."""
    gone = over(one.answers, day)
    findings = judged(tree, one.system).findings
    # What has ended is no exception that is in force any more.
    left = (finding for finding in findings if not (finding.check == "exceptions/in-force" and finding.place in gone))
    yield from Places(output.root / one.folder, tree, one.answers, edited).found(left)
    yield from ended(one.answers, day)
    yield from tree.found


def _tree_of(output: Output, one: Meant) -> Tree:
    """Read one Platform's folder: of the files that are rendered today, and of those that were.

    What lists the files of a part lists less than all, and is compared with its rendering alone.
    """
    held = {file.path: file for file in one.part.files if not one.part.part or file.scope != "index"}
    rendered = {file.path for file in (*one.whole.files, *one.part.files)}
    stale = (file for file in of_lock(output.lock, one.folder, output.catalog) if file.path not in rendered)
    beside = (file for file in one.whole.files if file.path not in held)
    return read_tree(output.root, one.folder, (*held.values(), *stale), beside)


def _alone(output: Output) -> tuple[set[Found], list[str]]:
    """Tell what can be told without answers, and what was not asked."""
    root, lock = output.root, output.lock
    drifted = set(drift.from_lock(lock, root))
    found = {*drifted, *_of_people(output, {path: entry.ownership for path, entry in lock.files.items()})}
    unasked: dict[str, None] = {}
    for folder in folders_of(lock):
        tree = _by_itself(output, folder)
        result = judged(tree)
        places = Places(root / folder, tree, None, _edited(drifted, folder))
        found |= {*places.found(result.findings), *tree.found}
        unasked |= dict.fromkeys(result.unasked)
    asked = f"what rendering would change, exceptions, {', '.join(unasked)}"
    return found, [f"note: without answers (-f) the lock is taken at its word, and these are not asked: {asked}"]


def _edited(drifted: Iterable[Found], folder: str) -> dict[str, Place]:
    """Return where files of one Platform are not what they should be, by their path in its folder."""
    return {
        one.finding.place.removeprefix(folder): one.place for one in drifted if one.finding.place.startswith(folder)
    }


def _of_people(output: Output, ownership: Mapping[str, str]) -> Iterator[Found]:
    """Yield what people's own files say that they must not, and those that lie where none of theirs belongs."""
    yield from drift.foreign(ownership, output.root)
    for finding in plain_values(output.root, {path for path, owner in ownership.items() if owner == "generated"}):
        yield Found(finding, in_file(output.root, finding.place))
