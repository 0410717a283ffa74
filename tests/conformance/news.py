"""What happens meanwhile, said at once: processes that have no terminal write lines to a file, and one reads them out."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

_FILE = "SCAFFOLD_CONFORMANCE_NEWS"
_SECONDS = 0.5


def say(line: str) -> None:
    """Say a line on the terminal of the whole run."""
    with Path(os.environ[_FILE]).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def relay(config: pytest.Config) -> None:
    """Read out what is said, until the run ends."""
    descriptor, name = tempfile.mkstemp(prefix="conformance-", suffix=".log")
    os.close(descriptor)
    os.environ[_FILE] = name  # inherited by the processes that are started next
    over = threading.Event()

    def read() -> None:
        with Path(name).open(encoding="utf-8") as file:
            while True:
                last = over.is_set()
                if lines := file.readlines():
                    terminal = config.pluginmanager.get_plugin("terminalreporter")
                    terminal.ensure_newline()
                    for line in lines:
                        terminal.write_line(line.rstrip("\n"))
                if last:
                    return
                time.sleep(_SECONDS)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()

    def stop() -> None:
        over.set()
        reader.join()
        Path(name).unlink(missing_ok=True)

    config.add_cleanup(stop)
