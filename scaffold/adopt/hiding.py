"""Take secrets' values out of what is adopted: variables, and words of commands, that hold one go into no answer.

May import: draft, fitting (taking out), evidence.credentials, documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.adopt.fitting import take_out
from scaffold.evidence.credentials import is_secret, is_secret_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scaffold.adopt.draft import Draft
    from scaffold.documents.editing import Path

_ASSIGNED = re.compile(r"-{0,2}([A-Za-z][\w.-]*)=(.+)", re.DOTALL)
_FLAG = re.compile(r"--?([A-Za-z][\w.-]+)")


def hide(draft: Draft) -> None:
    """Take out every variable and every word of a command that holds a secret, by its name or its value."""
    spec = draft.spec
    several: dict[Path, dict[str, str]] = {("spec", "config", "env"): spec.get("config", {}).get("env", {})}
    several |= {("spec", "sidecars", name, "env"): one.get("env", {}) for name, one in spec.get("sidecars", {}).items()}
    for path, env in several.items():
        for name in [name for name, value in env.items() if is_secret(name, value)]:
            why = f"{name}: a secret, by its name or by how it looks: its value is not carried over"
            remedy = f"keep it in a store, and declare it: spec.secrets: {{store, key, property, env: {name}}}"
            draft.leave(draft.document.place((*path, name)), why, remedy)
            take_out(draft.document, (*path, name))
    told: dict[Path, dict[str, Sequence[str]]] = {("spec",): spec}
    told |= {("spec", key, name): one for key in ("init", "sidecars") for name, one in spec.get(key, {}).items()}
    for path, one in told.items():
        for key in ("command", "args"):
            for index in reversed([*_telling(one.get(key, ()))]):
                why = f"a secret stands on its command line ({key}), which everybody on its node sees"
                draft.leave(draft.document.place((*path, key, index)), why, "let the process read a variable or a file")
                take_out(draft.document, (*path, key, index))


def _telling(words: Sequence[str]) -> Iterator[int]:
    """Yield which words hold a secret: `--password=…`, what follows `--password`, an address with a password in it."""
    before = ""
    for index, word in enumerate(words):
        found, flag = _ASSIGNED.fullmatch(word), _FLAG.fullmatch(word)
        if found is not None:
            holds = is_secret(found[1].replace("-", "_"), found[2])
        else:
            holds = is_secret(before.replace("-", "_"), word) if before and flag is None else is_secret_value(word)
        if holds:
            yield index
        before = flag[1] if flag else ""
