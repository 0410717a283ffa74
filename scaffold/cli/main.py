"""The command line: one command a file, loaded when it is called; errors are caught here and nowhere else.

May import: errors; commands are imported when they run.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

import click

from scaffold import __version__
from scaffold.errors import OutputError, ScaffoldError

_COMMANDS = ("adopt", "blueprints", "check", "completion", "graph", "index", "krm", "new", "render", "schema")
_BUG = 70


class _Commands(click.Group):
    """Loads a command's module when it is asked for: `--version` and completion stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"scaffold.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  each file of the folder defines one
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 fine, 1 findings, 2 usage or answers, 3 edits in the way, 4 broken blueprint, 70 a bug.",
)
@click.version_option(__version__, message="scaffold %(version)s")
def cli() -> None:
    """Declare what a service is; get a hardened, verified Kubernetes bundle.

    \b
    Examples:
      scaffold new                                     ask about the service in this folder, and write its bundle
      scaffold render -f app.yaml -o out               render one App
      scaffold render -f services/ -o out --diff       render a folder of them, and show what changes
      scaffold check out -f services/                  verify it again, with what people patched on top
      scaffold graph -f services/                      who reaches whom; which rule opens or shuts one flow
      scaffold adopt k8s/ -o services --namespace shop answers from the manifests that run today
      scaffold index -f services/ > index.yaml         what other repositories have to know of them
      scaffold blueprints                              what is rendered, and which controls it meets
      scaffold schema app                              what an App may declare, as JSON Schema
    """


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    if hasattr(signal, "SIGPIPE"):
        # A reader that goes away (`| head`) ends the process as it ends any other; results were written before.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        code = cli.main(prog_name="scaffold", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _stop("aborted", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ScaffoldError as error:
        _stop(f"{error}", error.exit_code)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _stop(f"cannot write what was to be said: {error.strerror}", OutputError.exit_code)
    except Exception as error:
        if os.environ.get("SCAFFOLD_TRACEBACK"):
            raise
        what = f"this is a bug in scaffold: {type(error).__name__}: {error}"
        _stop(f"{what}\n    SCAFFOLD_TRACEBACK=1 shows where; please report it", _BUG)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(message: str, code: int) -> NoReturn:
    with suppress(OSError):  # the code has to arrive even where the words cannot
        click.echo(f"scaffold: {message}", err=True)
    sys.exit(code)
