"""What a question is asked about: a cluster of manifests, and what their files say around a rule.

May import: answer, cluster, naming, objects, rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.graph.answer import Deciding
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffold.graph.cluster import Cluster
    from scaffold.graph.naming import Names
    from scaffold.graph.objects import Object
    from scaffold.graph.rows import Rows


class Scene(Value, frozen=True):
    """What is asked about: a cluster, its rows and names, and the texts of its files, for the comments in them."""

    cluster: Cluster
    rows: Rows
    names: Names
    texts: Mapping[str, str]

    def deciding(self, one: Object, *steps: str | int) -> Deciding:
        """Return a part of an object as what decides."""
        place = one.place(*steps)
        part = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]
        where = place.file + (f":{place.line}" if place.line else "")
        return Deciding(str(one), part, where, self._comment(place.file, place.line))

    def _comment(self, file: str, line: int) -> str:
        lines = self.texts.get(file, "").splitlines()
        above = lines[line - 2].strip() if 1 < line <= len(lines) else ""
        return above if above.startswith("#") else ""
