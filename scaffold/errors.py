"""The error tree. Everything a user can cause ends here; the command line catches it in one place.

    ScaffoldError                    exit code on the class
    ├── AnswersError           2     answers that cannot be used: every problem in one report
    ├── ManifestsError         2     manifests that cannot be read: every problem in one report
    ├── QuestionError          2     a question about something that is not there, or is there twice
    ├── OutputError            2     the output folder cannot be used
    ├── FindingsError          1     the bundle was rendered but did not pass verification
    ├── EditedError            3     generated files were edited by a person; nothing was written
    ├── TakenError             3     files that would be written are there already; nothing was written
    ├── BlueprintError         4     a blueprint is broken
    └── SourceError            4     a third party's blueprints cannot be fetched, or are not the pinned ones

Constructors store and never print. Anything else that escapes is a bug: exit code 70.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SHOWN = 200
"""How many problems a message spells out; `problems` holds all of them."""


def printable(text: str) -> str:
    """Spell text that comes from outside: nothing in it may reach a terminal as a command."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


class Place(NamedTuple):
    """Where a person wrote something: file as given, line and column from 1; 0 where only the file is known."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        # A file's name comes from outside: nothing in it may reach the terminal as a command.
        return printable(self.file) + (f":{self.line}:{self.column}" if self.line else "")


class Problem(NamedTuple):
    """One thing that is wrong with an input: where, what and why, and what to write instead."""

    place: Place
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f"\n    {self.remedy}" if self.remedy else "")

    def behind(self, words: str) -> Problem:
        """Return the same problem, its message behind some words."""
        return self._replace(message=words + self.message)


class ScaffoldError(Exception):
    """Something that a user can mend. `exit_code` is what the process returns (0 to 255)."""

    exit_code = 70


class ProblemsError(ScaffoldError):
    """An input with at least one problem; `problems` are sorted by place.

    `notes` are what was read otherwise than it was written: a problem behind it speaks today's words.
    """

    def __init__(self, problems: list[Problem], notes: Iterable[Problem] = ()) -> None:
        self.problems = tuple(sorted(set(problems)))
        self.notes = tuple(sorted(set(notes)))
        more = len(self.problems) - MOST_SHOWN
        lines = [*map(str, self.problems[:MOST_SHOWN]), *([f"and {more} more problems"] if more > 0 else [])]
        super().__init__("\n".join([*lines, *map(str, self.notes[:MOST_SHOWN])]))


class AnswersError(ProblemsError):
    """The answers cannot be used."""

    exit_code = 2


class ManifestsError(ProblemsError):
    """Manifests cannot be read, or are no manifests that the API server would take."""

    exit_code = 2


class QuestionError(ScaffoldError):
    """A question about what is not there, or is there more than once; the message says what there is."""

    exit_code = 2


class BlueprintError(ProblemsError):
    """A blueprint is broken: its description, its templates or what they rendered."""

    exit_code = 4


class SourceError(ScaffoldError):
    """A source of blueprints or of a skeleton cannot be used: not there, not to be trusted, or not what is pinned."""

    exit_code = 4


class OutputError(ScaffoldError):
    """The output folder cannot be used: not a folder, not writable, or a path that leaves it."""

    exit_code = 2


class FindingsError(ScaffoldError):
    """The rendered bundle did not pass verification; `findings` say which control, where, and why."""

    exit_code = 1

    def __init__(self, findings: tuple[object, ...]) -> None:
        self.findings = findings
        super().__init__("\n".join(map(str, findings)))


class EditedError(ScaffoldError):
    """People edited generated files; `paths` (relative to the output) lists them, and nothing was written."""

    exit_code = 3

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.paths = paths
        listed = "\n".join(f"  {path}" for path in paths)
        patch = "apps/<namespace>/<app>/kustomization.yaml"
        remedy = f"Nothing was written. Restore them; an App's own changes go as patches into {patch}."
        super().__init__(f"edited by hand since they were rendered:\n{listed}\n{remedy}")


class TakenError(ScaffoldError):
    """Files that would be written anew are there; `paths` lists them, and nothing was written."""

    exit_code = 3

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.paths = paths
        listed = "\n".join(f"  {printable(path)}" for path in paths)
        super().__init__(f"there already:\n{listed}\nNothing was written. Move them away, or name another folder.")
