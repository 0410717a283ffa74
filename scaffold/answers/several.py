"""What is said of several Platforms in one report: once where all of them have it, else with who has it.

May import: documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scaffold.documents.reading import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_Said = TypeVar("_Said")


def whose(
    told: Iterable[tuple[str, Iterable[_Said]]], rendered: Collection[str], begin: Callable[[_Said, str], _Said]
) -> list[_Said]:
    """Return each thing that is said once; what not all Platforms have that are rendered begins with who has it.

    Args:
        told: what is said of each Platform, by its name.
        rendered: the names of those that are rendered.
        begin: puts some words before what is said.
    """
    where: dict[_Said, list[str]] = {}
    for name, said in told:
        for one in dict.fromkeys(said):
            where.setdefault(one, []).append(name)
    return [
        one
        if set(rendered) <= set(names)
        else begin(one, f"in {', '.join(quoted(name, 80)[1:-1] for name in names)}: ")
        for one, names in where.items()
    ]
