"""Which policy decides on a flow at one end: the first rule that matches, tier by tier, or what a tier does at its end.

May import: answer, scene, texts, reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scaffold.graph.answer import Deciding, Side
from scaffold.graph.texts import named
from scaffold.reach.evaluate import learned
from scaffold.reach.model import NORMAL, Name, PortRange, Tier
from scaffold.reach.ranges import intersect, merge, ports_of, without
from scaffold.reach.tiers import tiered, unordered

if TYPE_CHECKING:
    from scaffold.graph.objects import Object
    from scaffold.graph.scene import Scene
    from scaffold.reach.model import Node, Pod, Policy
    from scaffold.reach.tiers import Entry

_SIDES = {"egress": "let out", "ingress": "let in"}


class _Course(Struct):
    """What becomes of ports that are asked for: `left` is what nothing decides on, `ended` the tier that shuts it."""

    left: list[PortRange]
    found: dict[str, dict[tuple[str, str], Deciding]] = field(
        default_factory=lambda: {"allow": {}, "deny": {}, "pass": {}}
    )
    ended: Tier | None = None
    unlearned: bool = False

    def rules(self, action: str) -> tuple[Deciding, ...]:
        """Return the rules that did something."""
        return tuple(self.found[action].values())


def side(scene: Scene, direction: str, pair: tuple[Node, Node], end: Pod, asked: list[PortRange]) -> Side:
    """Return what the policies at one end say of a flow.

    Args:
        scene: with the policies.
        direction: `egress` or `ingress`.
        pair: source and target.
        end: the one of them.
        asked: the ports that are asked for.
    """
    name = f"{direction} of {named(scene.names.node[end])}"
    holding = [
        (policy, one)
        for policy, one in scene.cluster.policies
        if policy.rules(direction) is not None and end in scene.cluster.universe.subjects(policy)
    ]
    course = _course(scene, direction, pair, [*asked], holding)
    opening = course.rules("allow")
    if opening:
        return Side(name, allowed=True, reason=f"{_SIDES[direction]} by", rules=opening)
    if course.unlearned:
        return Side(name, allowed=False, reason="no DNS rule of it leads through the proxy: the name is not learned")
    if end in scene.cluster.named:
        also = "; what selects it here does not open it" if holding else ""
        reason = f"lies with somebody else, and is assumed open{also}"
        return Side(name, allowed=True, reason=reason, rules=_listed(holding))
    if course.left:
        return Side(name, allowed=True, **_by_nobody(direction, course, holding))
    return Side(name, allowed=False, **_shut(course, holding))


def _by_nobody(direction: str, course: _Course, holding: list[tuple[Policy, Object]]) -> dict[str, Any]:
    """Return why something is open that no rule opens."""
    if passed := course.rules("pass"):
        return {"reason": "nothing decides on it behind what passes it on: open", "rules": passed}
    said = "no rule of what selects it is for this" if holding else f"no policy selects its {direction}"
    return {"reason": f"{said}: open", "rules": _listed(holding)}


def _shut(course: _Course, holding: list[tuple[Policy, Object]]) -> dict[str, Any]:
    """Return why something is shut: a rule, or the end of a tier."""
    if course.ended is None:
        return {"reason": "denied by", "rules": course.rules("deny")}
    listed = _listed([one for one in holding if one[0].tier == course.ended])
    which, whose = ("one policy", "it") if len(listed) == 1 else (f"{len(listed)} policies", "theirs")
    where = "" if course.ended == NORMAL else f" of tier {course.ended.name}"
    return {"reason": f"selected by {which}{where}, and no rule of {whose} is for this", "rules": listed}


def _course(
    scene: Scene,
    direction: str,
    pair: tuple[Node, Node],
    asked: list[PortRange],
    holding: list[tuple[Policy, Object]],
) -> _Course:
    """Ask the policies in their order what becomes of some ports."""
    objects = {id(policy): one for policy, one in holding}
    course = _Course(asked)
    other = pair[1] if direction == "egress" else pair[0]
    unlearned = (
        direction == "egress"
        and isinstance(other, Name)
        and not learned(other, [rule for policy, _ in holding for rule in policy.egress or ()])
    )
    for tier, entries in tiered((policy for policy, _ in holding), direction):
        first = unordered(tier, [entry.rule.action for entry in entries])
        passed: list[PortRange] = []
        for at, entry in enumerate(entries):
            own = merge(intersect(ports_of(entry.rule, pair[1]), course.left))
            if not own or not _names(scene, entry, other):
                continue
            if unlearned and entry.rule.action == "allow":
                course.unlearned = True
                continue
            _note(scene, course, objects[id(entry.policy)], entry, direction)
            if at < first:
                course.left = merge(without(course.left, own))
            passed += own if entry.rule.action == "pass" else ()
        if tier.default == "deny" and course.left:
            course.ended, course.left = tier, []
        course.left = merge([*passed, *course.left])
    return course


def _note(scene: Scene, course: _Course, one: Object, entry: Entry, direction: str) -> None:
    """Keep a rule that decides, each entry of a policy once however many rules it makes."""
    made = scene.deciding(one, "spec", *(entry.rule.part or (direction, entry.number)))
    course.found[entry.rule.action].setdefault((made.rule, made.part), made)


def _names(scene: Scene, entry: Entry, other: Node) -> bool:
    universe, rule = scene.cluster.universe, entry.rule
    return rule.peers is None or any(other in universe.behind(peer, entry.policy.namespace) for peer in rule.peers)


def _listed(holding: list[tuple[Policy, Object]]) -> tuple[Deciding, ...]:
    return tuple(Deciding(str(one), "", one.place().file) for one in dict.fromkeys(one for _, one in holding))
