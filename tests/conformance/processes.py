"""Programs that do not outlive us. Standard library only."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

# Programs in Go may use more of it before they collect, which takes a quarter of what starting one costs.
MEMORY: Mapping[str, str] = MappingProxyType({"GOGC": "400", "GOMEMLIMIT": "1GiB"})


def start(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: an interrupt at the terminal reaches us first, and we stop it.

    Where util-linux has `setpriv`, the kernel kills the program when the thread that started it is gone.
    """
    guard = ["setpriv", "--pdeathsig=KILL"] if shutil.which("setpriv") else []
    return subprocess.Popen([*guard, *command], start_new_session=True, **{"stdin": subprocess.DEVNULL, **options})


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what was started, with all that it started itself; wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Talk:
    """A program that answers each line with a line; started when it is first asked, and after it ended."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._running = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def ask(self, line: str) -> str:
        """Return the answer to a line.

        Raises:
            AssertionError: if the program ended instead: what it said.
        """
        process = self._process or self._start()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
        answer = process.stdout.readline()
        if not answer.endswith(b"\n"):
            self._errors.seek(0)
            said = self._errors.read().decode("utf-8", "replace")
            self._running.close()
            raise AssertionError(f"{' '.join(self._command)}: {said}")
        return answer.decode()

    def _start(self) -> subprocess.Popen[bytes]:
        self._errors = self._running.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  kept by the stack
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        process = start([*self._command], env={**os.environ, **MEMORY}, **pipes)
        self._process = process
        self._running.callback(self._end)
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        end(process)
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):  # of what it did not read any more
            process.stdin.close()
