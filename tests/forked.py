"""Processes of the command line that share what each of them would import first.

One process imports `scaffold` and forks for each command. So a command has a folder, variables, streams and an exit code
of its own, as one that a shell starts; that it starts from nothing, too, is asked where a test gives it variables.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

READY = "ready"


class Forked:
    """Runs commands, one after the other; a context, which ends with the process that they are forked from."""

    def __init__(self, env: dict[str, str]) -> None:
        """Take the variables of all commands."""
        self._folder = tempfile.TemporaryDirectory()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )

    def __enter__(self) -> Self:
        """Wait until everything is imported."""
        assert self._said() == READY
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the process."""
        self._process.communicate()
        self._folder.cleanup()

    def run(self, arguments: list[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run `scaffold` with some arguments in a folder, with a text behind its standard input."""
        streams = [Path(self._folder.name, name) for name in ("stdin", "stdout", "stderr")]
        with self._lock:
            streams[0].write_text(given, "utf-8", "surrogateescape")
            asked = {"arguments": arguments, "folder": str(folder), "streams": [*map(str, streams)]}
            assert self._process.stdin
            print(json.dumps(asked), file=self._process.stdin, flush=True)
            code = int(self._said())
            out, err = (path.read_text("utf-8") for path in streams[1:])
        return subprocess.CompletedProcess(arguments, code, out, err)

    def _said(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


def serve(asked: IO[str], answers: IO[str]) -> None:
    """Fork for each command that is asked for, and tell its exit code."""
    from scaffold.cli import main

    for name in main.cli.list_commands(None):  # type: ignore[arg-type]  # which does not look at it
        importlib.import_module(f"scaffold.cli.{name}")
    print(READY, file=answers, flush=True)
    for line in asked:
        child = os.fork()
        if not child:
            _become(main.main, **json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)


def _become(main: Any, arguments: list[str], folder: str, streams: list[str]) -> None:
    """Be the command: never returns."""
    code: Any = 1
    try:
        for number, path in enumerate(streams):
            os.dup2(os.open(path, os.O_CREAT | (os.O_WRONLY | os.O_TRUNC if number else os.O_RDONLY)), number)
        os.chdir(folder)
        sys.argv = ["scaffold", *arguments]
        main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    # Commands have streams of their own: what is asked and answered goes through others.
    serve(os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w"))
