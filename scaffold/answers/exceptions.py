"""Which exceptions fit an App: for a container that there is, once. Until when, `system.relax` decides, on its day.

May import: schema, walker (types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with an App's exceptions by themselves."""
    seen: set[tuple[str, str]] = set()
    for index, one in enumerate(app.spec.exceptions):
        at: Path = ("spec", "exceptions", index)
        container = one.container or app.name
        names = [app.name, *app.spec.sidecars, *app.spec.init]
        if container not in names:
            yield (*at, "container"), f"the App has no container {container}", f"it has: {', '.join(names)}"
        if (one.control, container) in seen:
            yield at, f"{one.control} is relaxed twice for {container}", "keep one"
        seen.add((one.control, container))
