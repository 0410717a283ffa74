"""`scaffold new`: ask about a service, and write its answers and its bundle.

May import: everything.
"""

from __future__ import annotations

import codecs
import locale
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffold.cli import options
from scaffold.cli.catalogs import catalog_for, catalog_of
from scaffold.cli.new_files import Files
from scaffold.errors import ScaffoldError
from scaffold.wizard import draft
from scaffold.wizard.headless import check, completed
from scaffold.wizard.lines import Lines
from scaffold.wizard.looked import around
from scaffold.wizard.prompt import Prompt
from scaffold.wizard.question import Choice
from scaffold.wizard.questions.service import PRESETS
from scaffold.wizard.saved import check_folder
from scaffold.wizard.screens import wrapped
from scaffold.wizard.sitting import Sitting, Stopped
from scaffold.wizard.state import PRESET, Given, State

if TYPE_CHECKING:
    from scaffold.wizard.around import Around
    from scaffold.wizard.prompt import Terminal

_STOPPED = 130  # as of a process that Ctrl-C ended


@click.command(name="new")
@click.argument("folder", default=".", metavar="[FOLDER]", shell_complete=options.folders)
@click.option(
    "-o",
    "--output",
    "output",
    metavar="FOLDER",
    callback=options.given,
    shell_complete=options.folders,
    help="Where the bundle goes; by default to deploy/ in the service's folder.",
)
@click.option("--preset", type=click.Choice(list(PRESETS)), help="The kind of service; it is not asked for then.")
@click.option(
    "--answer", "answers", multiple=True, metavar="QUESTION=TEXT", help="An answer, as it would be typed. Repeatable."
)
@options.blueprints
@click.option("--defaults", is_flag=True, help="Accept what is proposed, and ask nothing; the rest is listed.")
@click.option("--no-render", is_flag=True, help="Write the answers, and no bundle.")
def command(
    folder: str,
    output: str | None,
    preset: str | None,
    *,
    defaults: bool,
    no_render: bool,
    **words: tuple[str, ...],
) -> int:
    """Ask about a service, and write app.yaml and its verified bundle.

    FOLDER is the service's own, by default the current one. What its files say is proposed, with the place it is from.
    Enter accepts what is proposed, ? explains, Escape goes back, Ctrl-C keeps a draft: the next run goes on with it.
    Nothing is written before you say so, and no secret's value is ever asked for.

    \b
    Examples:
      scaffold new                                         ask about the service in this folder
      scaffold new services/orders -o deploy/orders        another folder, and the bundle elsewhere
      scaffold new --preset worker
      scaffold new --defaults                              no questions, for a pipeline
      scaffold new --defaults --answer name=orders --answer 'callers=web/frontend'
    """
    service = Path(folder)
    check_folder(service)
    out = Path(output) if output else service / "deploy"
    third_party = words["third_party"]
    known = around(catalog_of(third_party) if no_render else catalog_for(out, third_party), service)
    given = _given(preset, words["answers"])
    state = State(given)
    check(known, state, given)
    files = Files(known, service, None if no_render else out)
    if defaults or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return files.write(completed(known, state, defaults=defaults), None) or 0
    return _ask(known, state, files)


def _given(preset: str | None, answers: tuple[str, ...]) -> tuple[Given, ...]:
    made = [Given("preset", preset, PRESET)] if preset else []
    for answer in answers:
        question, found, text = answer.partition("=")
        if not found:
            raise click.UsageError("--answer takes QUESTION=TEXT, for example --answer ports=8080/http")
        made.append(Given(question.strip(), text.strip()))
    return tuple({one.question: one for one in made}.values())


def _ask(known: Around, state: State, files: Files) -> int:
    terminal = _terminal()
    said = (f"A new service, in {files.folder.resolve().name}/. Nothing is written before you say so.", *known.notes)
    terminal.say([line for one in said for line in wrapped(one, terminal.columns)])
    sitting = Sitting(known, terminal, files.app_yaml)
    for name in ("SIGHUP", "SIGTERM"):  # the terminal is closed, or the machine goes down: as by Ctrl-C
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        state = _resumed(terminal, files.folder, state)
        while True:
            state = sitting.sit(state)
            code = files.write(state, terminal)
            if code is not None:
                draft.forget(files.folder)
                return code
    except (Stopped, KeyboardInterrupt) as stopped:
        return _keep(files.folder, stopped.state if isinstance(stopped, Stopped) else sitting.state)
    except ScaffoldError:
        _keep(files.folder, sitting.state)
        raise


def _resumed(terminal: Terminal, folder: Path, state: State) -> State:
    """Return the state to begin with: of the draft, if there is one that is wanted."""
    found = draft.find(folder)
    if found.aside:
        terminal.say([f"A draft could not be used: {found.why}.", f"  It is kept: {found.aside}"])
    kept = found.state
    if kept is None:
        return state
    choices = (Choice("continue", "go on where it was stopped"), Choice("anew", "begin anew; the draft is kept aside"))
    count = len(kept.given)
    text = f"There is a draft of this folder, with {count} answers."
    reply = terminal.ask(Prompt("Draft", text, proposed="continue", choices=choices))
    if reply.what != "answer":
        raise Stopped(kept)
    if reply.text == "anew":
        terminal.say([f"The draft is kept: {draft.set_aside(draft.place(folder))}"])
        return state
    for one in state.given:
        kept = kept.answered(one)
    return kept


def _keep(folder: Path, state: State) -> int:
    if state.given:
        try:
            draft.keep(folder, state)
        except OSError as error:
            click.echo(f"scaffold: the draft cannot be kept: {error.strerror}", err=True)
        else:
            click.echo(f"A draft is kept; `scaffold new {folder}` goes on with it.".replace(" .`", "`"), err=True)
    return _STOPPED


def _terminal() -> Terminal:
    """Return the terminal with what it can do: lines alone, or keys and a screen."""
    term = os.environ.get("TERM", "")
    if term == "dumb" or (not term and os.name == "posix"):
        return Lines(sys.stdin, sys.stdout)
    from scaffold.wizard.terminal import Screen  # noqa: PLC0415  prompt_toolkit takes as long as a whole run of render

    names = {sys.stdout.encoding or "ascii", locale.getpreferredencoding(do_setlocale=False)}
    return Screen(unicode=all(codecs.lookup(name).name == "utf-8" for name in names))
