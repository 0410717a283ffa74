"""The one place that starts a contained process, asks it, and ends it when it takes too much.

May import: limits, errors.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import weakref
from pathlib import Path
from select import select
from time import monotonic

import msgspec

from scaffold.contained.limits import Limits, Reply, Request
from scaffold.errors import SourceError, printable

_START = "import sys; sys.path.insert(0, sys.argv[1]); from scaffold.contained.worker import main; main(sys.argv[2])"
_CHUNK = 1 << 16
_TIME = (-signal.SIGPROF, -signal.SIGXCPU) if os.name == "posix" else ()


class ContainedError(Exception):
    """What was asked cannot be answered; the message says why."""


class Contained:
    """A process that is started when it is first asked, anew after it was ended, and ends with this one."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._time, self._output = 0.0, 0
        self.loaded: set[str] = set()

    def ask(self, request: Request) -> msgspec.Raw:
        """Return the answer to a question.

        Raises:
            ContainedError: there is none, or getting it takes too much.
        """
        began = monotonic()
        try:
            answer = self._exchange(msgspec.json.encode(request))
            reply = msgspec.json.decode(answer, type=Reply)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._ended("answers what is no answer") from error
        finally:
            self._time += monotonic() - began
        self._output += len(answer)
        if self._time > self._limits.total or self._output > self._limits.output:
            raise self._ended("takes too much time, or makes too much text, in all")
        if reply.error:
            raise ContainedError(printable(reply.error))
        return reply.value

    def _exchange(self, request: bytes) -> bytes:
        process = self._started()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  pipes, as they are opened
        into, out = process.stdin.fileno(), process.stdout.fileno()
        left, got, until = memoryview(request + b"\n"), bytearray(), monotonic() + self._limits.wall
        while left or not got.endswith(b"\n"):
            readable, writable, _ = select([out], [into] if left else [], [], max(0.0, until - monotonic()))
            if not readable and not writable:
                raise self._ended(f"gives no answer for {self._limits.wall:g} seconds")
            if readable:
                chunk = os.read(out, _CHUNK)
                got += chunk
                if not chunk:
                    raise self._ended("")
                if len(got) > 2 * self._limits.reply:
                    raise self._ended("answers without an end")
            elif writable:
                left = left[_written(into, left[:_CHUNK]) :]
        return bytes(got)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            if os.name != "posix":
                why = "third-party blueprints are evaluated within limits that this system does not have"
                raise SourceError(f"--blueprints: {why}\n    use Linux, or a container of it")
            package = str(Path(__file__).parents[2])
            flags = ["-I", "-X", "utf8", *(["-B"] if sys.flags.dont_write_bytecode else [])]
            flags += ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
            self._process = subprocess.Popen(  # noqa: S603  ourselves, with nothing of a stranger on the command line
                [sys.executable, *flags, "-c", _START, package, msgspec.json.encode(self._limits).decode()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},  # no token that lies in a variable of ours
                start_new_session=True,
            )
            os.set_blocking(self._process.stdin.fileno(), False)  # type: ignore[union-attr]  # a pipe, as asked for
            weakref.finalize(self, _end, self._process)
        return self._process

    def _ended(self, why: str) -> ContainedError:
        """End the process; return the error, whose reason is that of the process where none is given."""
        process, self._process = self._process, None
        self.loaded.clear()
        assert process is not None  # noqa: S101  it was asked
        code = process.wait() if not why else _end(process)
        if not why and code in _TIME:
            why = f"takes more than {self._limits.cpu:g} seconds of processor time"
        _end(process)
        return ContainedError(why or f"ended its process ({code}), most likely for want of memory")


def _written(into: int, data: memoryview) -> int:
    """Write what a pipe takes; return how much. That the process ended is found when it is read from."""
    try:
        return os.write(into, data)
    except BrokenPipeError:
        return len(data)


def _end(process: subprocess.Popen[bytes]) -> int:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    return process.wait()
