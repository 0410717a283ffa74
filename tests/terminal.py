"""A person at a terminal: a process in a pseudo-terminal, and what its screen shows."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pexpect
import pyte

ENTER, ESCAPE, INTERRUPT, END, DOWN, TAB = "\r", "\x1b", "\x03", "\x04", "\x1b[B", "\t"


class Terminal:
    """Runs `scaffold` in a folder; `text` is what the screen shows, `raw` all that was ever sent to it."""

    def __init__(self, folder: Path, env: dict[str, str], *arguments: str, columns: int = 80, rows: int = 24) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        # Nobody answers where the cursor is: this screen is read, not asked.
        env = {**env, "COLUMNS": "100", "PROMPT_TOOLKIT_NO_CPR": "1", "XDG_STATE_HOME": str(folder.parent / "state")}
        self._process = pexpect.spawn(
            sys.executable, ["-m", "scaffold", *arguments], cwd=str(folder), env=env, dimensions=(rows, columns),
            encoding="utf-8", codec_errors="replace", timeout=30,
        )  # fmt: skip

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, *words: str, seconds: float = 60) -> str:
        """Read until the screen shows all of the words, and return what it shows."""
        end, shown = time.monotonic() + seconds, self.text
        while not all(word in shown for word in words):
            assert time.monotonic() < end, f"{words} did not appear:\n{shown}"
            try:
                self._read(0.2)
            except pexpect.EOF:
                assert all(word in self.text for word in words), f"{words} did not appear:\n{self.text}"
            shown = self.text
        return shown

    def settled(self, seconds: float = 0.5) -> str:
        """Read until nothing came for a while, and return what the screen shows."""
        before = None
        while before != len(self.raw):
            before = len(self.raw)
            self._read(seconds)
        return self.text

    def _read(self, seconds: float) -> None:
        try:
            read = self._process.read_nonblocking(1 << 16, seconds)
        except pexpect.TIMEOUT:
            return
        self.raw += read
        self._stream.feed(read)

    def send(self, *keys: str) -> None:
        for key in keys:
            self._process.send(key)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self._process.setwinsize(rows, columns)

    def hang_up(self) -> None:
        """Close the terminal, and wait until the process is gone."""
        self._process.kill(signal.SIGHUP)
        while self._process.isalive():
            try:
                self._read(0.1)
            except pexpect.EOF:
                self._process.wait()

    def end(self) -> int:
        """Read to the end, and return the exit code."""
        while self._process.isalive() or not self._process.flag_eof:
            try:
                self._read(0.2)
            except pexpect.EOF:
                break
        self._process.close()
        return self._process.exitstatus
