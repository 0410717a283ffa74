"""Rights on the API on one line, as one says them: `get configmaps/orders-config, list+watch pods`.

    VERB[+VERB] RESOURCE[.GROUP][/NAME]

May import: entries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.wizard.spelling.entries import Misspelt, entries, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORM = "get configmaps/orders-config, list+watch pods, patch deployments.apps/orders"
_RIGHT = re.compile(
    r"(?P<verbs>[a-z]+(?:\+[a-z]+)*)\s+(?P<resource>[a-z-]+)(?:\.(?P<group>[a-z0-9.-]+))?(?:/(?P<name>\S+))?"
)


def read(text: str) -> list[dict[str, Any]]:
    """Return permissions.

    Raises:
        Misspelt: an entry is none.
    """
    made = []
    for entry in entries(text):
        found = _RIGHT.fullmatch(entry)
        if found is None:
            raise Misspelt("no verb and resource", f"for example {FORM}")
        made.append(
            {"resources": [found["resource"]], "verbs": found["verbs"].split("+")}
            | ({"names": [found["name"]]} if found["name"] else {})
            | ({"group": found["group"]} if found["group"] else {})
        )
    return made


def spell(permissions: Iterable[Mapping[str, Any]]) -> str | None:
    """Spell permissions; None where an entry has several resources or names."""
    made = []
    for one in permissions:
        names = one.get("names", [])
        if len(one["resources"]) != 1 or len(names) > 1 or "/" in one["resources"][0]:
            return None
        group = f".{one['group']}" if one.get("group") else ""
        made.append(f"{'+'.join(one['verbs'])} {one['resources'][0]}{group}" + (f"/{names[0]}" if names else ""))
    return spelled(made)
