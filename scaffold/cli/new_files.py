"""What `scaffold new` writes: the files of answers, and the bundle; what is there already is asked about, file by file.

May import: everything.
"""

from __future__ import annotations

import difflib
import shlex
from typing import TYPE_CHECKING

import click

from scaffold import __version__
from scaffold.answers.load import from_documents
from scaffold.bundle.disk import changes, write
from scaffold.catalog import digests
from scaffold.cli import outcome
from scaffold.cli.next_steps import next_steps
from scaffold.documents.reading import Document
from scaffold.errors import EditedError, OutputError, printable
from scaffold.evidence.written import app_yaml
from scaffold.platforms import parts, together
from scaffold.wizard.asked import asked
from scaffold.wizard.documents import documents, with_sources
from scaffold.wizard.looked import APP_FILE, PLATFORM_FILE
from scaffold.wizard.prompt import Prompt
from scaffold.wizard.question import Choice
from scaffold.wizard.saved import Answers, compared, save, set_aside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scaffold.platforms import Part
    from scaffold.wizard.around import Around
    from scaffold.wizard.prompt import Terminal
    from scaffold.wizard.state import State


class Files:
    """The files of one service; without `out` no bundle is written."""

    def __init__(self, around: Around, folder: Path, out: Path | None) -> None:
        self.around, self.folder, self.out = around, folder, out

    def app_yaml(self, state: State) -> str:
        """Return app.yaml as it would be written."""
        return app_yaml(self._documents(state)[0])

    def _documents(self, state: State) -> list[Document]:
        questions = asked(self.around, state)
        app, *rest = with_sources(documents(self.around, questions, state), state)
        return [Document(str(self.folder / APP_FILE), app.value, app.mark), *rest]

    def write(self, state: State, terminal: Terminal | None) -> int | None:
        """Write all of it, and say what to do next; None where the sitting goes on.

        Raises:
            AnswersError: the answers contradict each other; nothing was written.
            EditedError: files of people's in the bundle are to be kept; nothing was written.
            OutputError: there is no terminal to ask on, and files would be overwritten.
        """
        made = self._documents(state)
        several = parts(self.around.catalog, from_documents(made, self.around.catalog, known=self.around.apps))
        files = [compared(self.folder / APP_FILE, app_yaml(made[0]))]
        if not self.around.platforms:
            files += [compared(self.folder / PLATFORM_FILE, app_yaml(one)) for one in made[1:]]
        for file in files:
            if not _agreed(file, terminal):
                return None
        if self.out is not None:
            self._agreed_bundle(several, terminal)
        save(files)
        for file in files:
            kind = "unchanged" if file.before == file.after else "updated" if file.before is not None else "created"
            click.echo(f"{kind:<9} {printable(str(file.path))}")
        if self.out is not None:
            self._bundle(several, self.out)
        if hint := outcome.for_editors(self.folder):
            click.echo(hint, err=True)
        return 0

    def _agreed_bundle(self, several: Sequence[Part], terminal: Terminal | None) -> None:
        assert self.out is not None  # noqa: S101  told by the caller
        edited = [change for change in changes(together(several), self.out) if change.kind == "edited"]
        for change in edited:
            if not _agreed(Answers(self.out / change.path, change.before, change.after), terminal):
                raise EditedError(tuple(one.path for one in edited))
        for change in edited:
            click.echo(f"kept      {printable(str(set_aside(self.out / change.path)))}")

    def _bundle(self, several: Sequence[Part], out: Path) -> None:
        verified = together(several)
        made = write(verified, out, __version__, digests(self.around.catalog), self.around.catalog.pins)
        for finding in verified.findings:
            click.echo(str(finding), err=True)
        click.echo(outcome.summary(made, out, written=True), err=True)
        for part in several:
            click.echo(next_steps(part, made, out), err=True)
        risks = sum(finding.severity == "warning" for finding in verified.findings)
        if risks:
            click.echo(f"\nStill open, and said first in {out}/SECURITY.md: {risks} risks, those above.", err=True)
        click.echo(f"After a change of answers:\n  {self._again(several)} -o {shlex.quote(str(out))}", err=True)

    def _again(self, several: Sequence[Part]) -> str:
        """Return the command that renders the same from what was written, and from what it was rendered with."""
        own = self.folder / PLATFORM_FILE
        platforms = [one.file for one in self.around.platforms] or ([str(own)] if own.exists() else [])
        near = {
            f"{app.value['metadata']['namespace']}/{app.value['metadata']['name']}": app for app in self.around.apps
        }
        apps = [member.app for part in several for member in part.system.members]
        peers = [(app, peer) for app in apps for peer in (*app.spec.callers, *app.spec.callees) if peer.app]
        named = {f"{peer.namespace or app.namespace}/{peer.app}" for app, peer in peers}
        known = dict.fromkeys(app.file for name, app in near.items() if name in named)
        words = ["-f", str(self.folder / APP_FILE), *(word for file in platforms for word in ("-f", file))]
        words += [word for file in known for word in ("--known", file)]
        others = [word for pin in self.around.catalog.pins for word in ("--blueprints", pin.source)]
        return shlex.join(["scaffold", "render", *words, *others])


def _agreed(file: Answers, terminal: Terminal | None) -> bool:
    """Tell whether a file may be written: it is not there, is the same, or may be overwritten.

    Raises:
        OutputError: nobody can be asked.
    """
    if file.before is None or file.before == file.after:
        return True
    if terminal is None:
        remedy = "move it away, or run this in a terminal"
        raise OutputError(f"{printable(str(file.path))}: is there already, with other answers\n    {remedy}")
    choices = (
        Choice("keep", "leave it as it is, and go back to the review"),
        Choice("overwrite", "write over it"),
        Choice("difference", "show the difference"),
    )
    while True:
        reply = terminal.ask(Prompt("Files", f"{file.path} is there already.", proposed="keep", choices=choices))
        if reply.what == "answer" and reply.text == "difference":
            old, new = file.before.splitlines(), file.after.splitlines()
            terminal.say(difflib.unified_diff(old, new, str(file.path), "what would be written", lineterm=""))
            continue
        return reply.what == "answer" and reply.text == "overwrite"
