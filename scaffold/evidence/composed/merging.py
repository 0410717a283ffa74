"""What becomes of a service that several files, or another service, say something of.

Source: the Compose specification (merge; extends).

May import: nodes.
"""

from __future__ import annotations

from scaffold.evidence.nodes import Node

# Lists that stand in the place of what was there, instead of behind it.
_REPLACED = ("command", "entrypoint", "test")


def merged(base: Node, over: Node, key: str = "") -> Node:
    """Return a part of a service with what another file says of it."""
    if over.tag in {"!reset", "!override"} or over.value is None:
        return over if over.tag else base
    below, above = base, over
    if isinstance(base.value, list) != isinstance(over.value, list):
        below, above = as_mapping(base), as_mapping(over)
    if isinstance(below.value, dict) and isinstance(above.value, dict):
        made = dict(below.value)
        for name, part in above.value.items():
            made[name] = merged(made[name], part, name) if name in made else part
            if part.tag == "!reset":
                del made[name]
        return Node(made, above.place, key=over.key)
    if isinstance(base.value, list) and isinstance(over.value, list) and key not in _REPLACED:
        return Node([*base.value, *over.value], over.place)
    return over


def as_mapping(node: Node) -> Node:
    """Return `[A=1, B]` as the mapping that it may also be written as; anything else as it is."""
    if not isinstance(node.value, list):
        return node
    made: dict[str, Node] = {}
    for item in node.value:
        name, sign, value = item.text.partition("=")
        made[name] = Node(value if sign else None, item.place)
    return Node(made, node.place)
