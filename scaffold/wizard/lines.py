"""A terminal that only writes and reads lines, such as TERM=dumb: for editors' consoles, and readers of screens.

`?` explains a question, `<` goes back, a choice is made by its number or its word.

May import: prompt, screens, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from scaffold.errors import printable
from scaffold.wizard.prompt import NEEDED, Prompt, Reply, columns_now
from scaffold.wizard.screens import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable


class Lines:
    """Reads lines from one stream, and writes to another."""

    unicode = False

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source, self._target = source, target

    @property
    def columns(self) -> int:
        """How many columns there are now."""
        return columns_now() - 1

    def say(self, lines: Iterable[str]) -> None:
        """Show lines."""
        for line in lines:
            self._target.write(printable(line).encode("ascii", "replace").decode() + "\n")
        self._target.flush()

    def ask(self, prompt: Prompt) -> Reply:
        """Ask until there is an answer that holds, or something else was done."""
        self.say(["", prompt.head, *wrapped(prompt.text, self.columns)])
        for number, choice in enumerate(prompt.choices, 1):
            self.say(wrapped(f"{number}. {choice.word}: {choice.text}".removesuffix(": "), self.columns, "  "))
        if prompt.wrong:
            self.say(wrapped(prompt.wrong, self.columns))
        while True:
            reply = self._reply(prompt)
            if reply is not None:
                return reply

    def _reply(self, prompt: Prompt) -> Reply | None:
        source = f", {prompt.source}" if prompt.source else ""
        shown = f" [{prompt.proposed}{source}]" if prompt.proposed is not None else ""
        self._target.write(printable(f"? explains, < goes back{shown}: ").encode("ascii", "replace").decode())
        self._target.flush()
        try:
            line = self._source.readline()
        except KeyboardInterrupt:
            line = ""
        if not line:
            return Reply("stop")
        text = line.strip()
        if text == "<":
            return Reply("back")
        if text == "?":
            self.say(wrapped(prompt.help or "There is no more to say.", self.columns))
            return None
        text = text or prompt.proposed or ""
        if prompt.choices and text.isdigit() and 0 < int(text) <= len(prompt.choices):
            text = prompt.choices[int(text) - 1].word
        return self._held(prompt, text)

    def _held(self, prompt: Prompt, text: str) -> Reply | None:
        if not text:
            wrong = NEEDED
        elif prompt.choices and text not in {choice.word for choice in prompt.choices}:
            wrong = "No such choice: type its number."
        else:
            wrong = prompt.check(text)
        if wrong:
            self.say(wrapped(wrong, self.columns))
            return None
        return Reply("answer", text)
