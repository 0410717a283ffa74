"""A terminal with keys and a screen: the only place that knows questionary, and prompt_toolkit beneath it.

Imported when the command asks, and by nothing else: it takes as long as all of `scaffold render`.

May import: prompt, screens; questionary, prompt_toolkit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import questionary
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.filters import Condition, is_done
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import ConditionalContainer, FormattedTextControl, HSplit, Layout, VerticalAlign, Window

from scaffold.wizard.prompt import NEEDED, Prompt, Reply, columns_now
from scaffold.wizard.screens import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prompt_toolkit.key_binding import KeyPressEvent

_STYLE = questionary.Style(
    [
        ("question", ""),
        ("answer", ""),
        ("pointer", "bold"),
        ("highlighted", "bold"),
        ("wrong", "ansired"),
        ("hint", ""),
    ]
)
_FILTERED = 12
"""From so many choices on, typing narrows them."""
_ESCAPE = 0.05
"""Seconds until an escape is a key by itself, and not the begin of another one."""


class _Shown:
    """What stands above an answer: made anew whenever the screen is drawn, as wide as it is then."""

    def __init__(self, prompt: Prompt, *, text: bool) -> None:
        self.prompt, self.text, self.helped = prompt, text, False

    def __format__(self, _: str) -> str:
        prompt, columns = self.prompt, columns_now() - 1
        lines = ["", prompt.head, *wrapped(prompt.text, columns)]
        if self.helped:
            lines += wrapped(prompt.help or "There is no more to say.", columns - 2, "  ")
        if self.text and prompt.proposed is not None:
            lines += wrapped(f"[{prompt.proposed}]" + (f" {prompt.source}" if prompt.source else ""), columns)
        if not self.text and prompt.wrong:
            lines += wrapped(prompt.wrong, columns)
        if not self.text and prompt.source:
            lines += wrapped(f"[{prompt.proposed}] {prompt.source}", columns)
        return "\n ".join([*lines, ">"] if self.text else lines)


class Screen:
    """Asks with questionary's prompts: `?` explains, Escape goes back, Ctrl-C stops."""

    def __init__(self, *, unicode: bool) -> None:
        self.unicode = unicode

    @property
    def columns(self) -> int:
        """How many columns there are now."""
        return columns_now() - 1

    def say(self, lines: Iterable[str]) -> None:
        """Show lines."""
        for line in lines:
            print(line if self.unicode else line.encode("ascii", "replace").decode())  # noqa: T201  this is the terminal

    def ask(self, prompt: Prompt) -> Reply:
        """Ask until there is an answer that holds, or something else was done."""
        asked = _choice(prompt, self.unicode) if prompt.choices else _text(prompt)
        asked.application.ttimeoutlen = _ESCAPE
        try:
            reply = asked.unsafe_ask()
        except (KeyboardInterrupt, EOFError):
            return Reply("stop")
        return reply if isinstance(reply, Reply) else Reply("answer", str(reply))


def _keys(shown: _Shown, *, always: bool) -> KeyBindings:
    """Return the keys that every question has; with `always`, `?` is one wherever it is typed."""
    bindings = KeyBindings()

    @bindings.add("escape", eager=True)
    @bindings.add("s-tab")
    def _back(event: KeyPressEvent) -> None:
        event.app.exit(result=Reply("back"))

    @bindings.add("c-c", eager=True)
    @bindings.add("c-d", eager=True, filter=Condition(lambda: always or not get_app().current_buffer.text))
    def _stop(event: KeyPressEvent) -> None:
        event.app.exit(result=Reply("stop"))

    @bindings.add("f1", eager=True)
    @bindings.add("?", eager=True, filter=Condition(lambda: always or not get_app().current_buffer.text))
    def _help(event: KeyPressEvent) -> None:
        shown.helped = not shown.helped
        event.app.invalidate()

    return bindings


def _choice(prompt: Prompt, unicode: bool) -> questionary.Question:  # noqa: FBT001  what a sign is made of
    shown = _Shown(prompt, text=False)
    width = max(len(choice.word) for choice in prompt.choices)
    room = columns_now() - width - 6
    # What is cut off is shown in full below the list, of the choice that is pointed at.
    choices = [
        questionary.Choice(
            f"{one.word:<{width}}  {one.text[: max(room, 0)]}".rstrip(),
            one.word,
            description=one.text if len(one.text) > room else None,
        )
        for one in prompt.choices
    ]
    filtered = len(choices) >= _FILTERED
    asked = questionary.select(
        cast("str", shown),  # formatted whenever it is drawn
        choices,
        default=next((one for one in choices if one.value == prompt.proposed), None),
        qmark="",
        pointer="\u203a" if unicode else ">",
        style=_STYLE,
        use_search_filter=filtered,
        use_jk_keys=False,
        instruction=" ",
        erase_when_done=True,
    )
    _below(asked, lambda: _said("", "Enter chooses" + ("; type to narrow" if filtered else "")))
    keys = _keys(shown, always=True)
    asked.application.key_bindings = merge_key_bindings([asked.application.key_bindings or KeyBindings(), keys])
    return asked


def _text(prompt: Prompt) -> questionary.Question:
    shown, tried = _Shown(prompt, text=True), {"wrong": prompt.wrong, "text": prompt.typed}

    def wrong() -> str:
        text = get_app().current_buffer.text
        if text != tried["text"]:
            tried["wrong"], tried["text"] = prompt.check(text) if text else "", text
        return tried["wrong"]

    made = questionary.text(
        cast("str", shown),  # formatted whenever it is drawn
        default=prompt.typed,
        qmark="",
        style=_STYLE,
        key_bindings=merge_key_bindings([_keys(shown, always=False), _accepting(prompt, tried)]),
        completer=WordCompleter(list(prompt.known), sentence=False) if prompt.known else None,
        complete_while_typing=bool(prompt.known),
        reserve_space_for_menu=min(len(prompt.known), 4),
        erase_when_done=True,
    )
    _below(made, lambda: _said(wrong(), "Enter accepts, Tab edits []"))
    return made


def _accepting(prompt: Prompt, tried: dict[str, str]) -> KeyBindings:
    """Return the keys that accept an answer, or take over what is proposed in order to change it."""
    bindings = KeyBindings()
    empty = Condition(lambda: not get_app().current_buffer.text)

    @bindings.add("enter", eager=True)
    def _accept(event: KeyPressEvent) -> None:
        text = event.current_buffer.text.strip() or prompt.proposed
        wrong = NEEDED if text is None else prompt.check(text)
        if wrong:
            tried["wrong"], tried["text"] = wrong, event.current_buffer.text
            event.app.invalidate()
        else:
            event.app.exit(result=Reply("answer", str(text)))

    @bindings.add(Keys.BracketedPaste, eager=True)
    def _paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("".join(char if char.isprintable() else " " for char in event.data))

    @bindings.add("tab", filter=empty, eager=True)
    @bindings.add("right", filter=empty, eager=True)
    def _take(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(prompt.proposed or "")

    return bindings


def _below(asked: questionary.Question, text: Callable[[], FormattedText]) -> None:
    """Show text below an answer. Not as a toolbar, which is left out where a terminal does not say how high it is."""
    layout = asked.application.layout
    window = Window(FormattedTextControl(text), wrap_lines=True, dont_extend_height=True)
    several = [layout.container, ConditionalContainer(window, filter=~is_done)]
    container = HSplit(several, align=VerticalAlign.TOP)
    asked.application.layout = Layout(container, focused_element=layout.current_window)


def _said(wrong: str, hint: str) -> FormattedText:
    lines = "\n ".join(wrapped(wrong, columns_now() - 2)) if wrong else ""
    return FormattedText([("class:wrong", f" {lines}\n")] * bool(lines) + [("class:hint", f" {_hints(hint)}")])


def _hints(*first: str) -> str:
    """Return what the keys do, as much of it as there is room for."""
    several = ["? explains", *first, "Esc goes back", "Ctrl-C keeps a draft"]
    columns = columns_now() - 2
    made = several[0]
    for one in several[1:]:
        made += f"; {one}" if len(made) + len(one) + 2 <= columns else ""
    return made
