"""Programs that do not outlive us. Standard library only."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from typing import Any


def start(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: an interrupt at the terminal reaches us first, and we stop it.

    Where util-linux has `setpriv`, the kernel kills the program when the thread that started it is gone.
    """
    guard = ["setpriv", "--pdeathsig=KILL"] if shutil.which("setpriv") else []
    return subprocess.Popen([*guard, *command], stdin=subprocess.DEVNULL, start_new_session=True, **options)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what was started, with all that it started itself; wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
