"""Which rules of manifests decide on a flow: at the source's egress, at the target's ingress, and in the mesh.

May import: answer, explain_mesh, scene, naming, ports, question, texts, model, reach, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.errors import QuestionError
from scaffold.graph import explain_mesh
from scaffold.graph.answer import Answer, Deciding, Side
from scaffold.graph.model import spelled
from scaffold.graph.naming import ANYTHING
from scaffold.graph.ports import resolved
from scaffold.graph.question import End, nodes
from scaffold.graph.texts import named
from scaffold.reach.ambient import TUNNEL
from scaffold.reach.callers import is_plaintext
from scaffold.reach.evaluate import intersect, learned, merge, ports_of, without
from scaffold.reach.model import ALL_PORTS, Name, Net, Pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.graph.scene import Scene
    from scaffold.reach.model import Node, Policy, PortRange, Rule

_SIDES = {"egress": "let out", "ingress": "let in"}


def answered(scene: Scene, source: End, target: End) -> Answer:
    """Answer a question about manifests: of several addresses it is enough that one gets through, which is said.

    Raises:
        QuestionError: an end, or a port of it, is not there.
    """
    universe, given = scene.cluster.universe, scene.cluster.workloads
    sources, targets = (nodes(end, universe, scene.names, given) for end in (source, target))
    asked, said = resolved(target, targets, [one.value for one in scene.cluster.objects])
    through: dict[tuple[Node, Node], list[PortRange]] = {}
    for whom in targets:
        row = scene.rows.row(whom)
        for who in sources:
            own = [one for mask, ports in row if mask & scene.rows.bit[who] for one in intersect(ports, asked)]
            if own:
                through[who, whom] = merge(own)
    if not (isinstance(sources[0], Pod) or isinstance(targets[0], Pod)):
        raise QuestionError("no policy decides on what flows between two networks; name a workload")
    pair = next(iter(through), (sources[0], targets[0]))
    sides = tuple(_sides(scene, pair, (source.who, target.who), asked))
    text = "any port" if asked == [ALL_PORTS] else ", ".join(map(spelled, asked))
    ports = dict.fromkeys(spelled(one) for own in through.values() for one in own)
    names = [_called(scene, end, ends) for end, ends in ((source, sources), (target, targets))]
    parts = [_in_part(scene, ends, {pair[at] for pair in through}) for at, ends in enumerate((sources, targets))]
    notes = [*said, *parts[0], *parts[1]]
    return Answer(names[0], names[1], text, bool(through), tuple(ports), sides, tuple(notes))


def _called(scene: Scene, end: End, several: list[Node]) -> str:
    first = several[0]
    return named(scene.names.node[first]) if isinstance(first, Pod) and first in scene.names.node else end.who


def _in_part(scene: Scene, asked: list[Node], through: set[Node]) -> list[str]:
    """Say which addresses get through, where only some of those that were asked about do."""
    if not through or len(through) == len(asked) or not isinstance(asked[0], Net):
        return []
    nets = scene.names.networks(scene.rows.mask(through))
    return [f"in part: {', '.join(node.name for node in nets if node != ANYTHING)}"]


def _sides(scene: Scene, pair: tuple[Node, Node], called: tuple[str, str], asked: list[PortRange]) -> Iterator[Side]:
    proxy = _proxy(scene, pair)
    if proxy is None:
        yield from _hop(scene, pair, called, asked)
        return
    source, target = pair
    name = named(scene.names.node[proxy])
    yield from _hop(scene, (source, proxy), (called[0], name), asked)
    yield from _hop(scene, (proxy, target), (name, called[1]), asked)


def _proxy(scene: Scene, pair: tuple[Node, Node]) -> Pod | None:
    """Return the proxy through which a source reaches a target, unless it gets there by itself."""
    source, target = pair
    admission = scene.cluster.admission
    if admission is None or not isinstance(target, Pod) or is_plaintext(source):
        return None
    by_itself = any(who & scene.rows.bit[source] for who, _ in scene.rows.direct(target))
    return next((one for one in admission.relays.of(target) if one != source and not by_itself), None)


def _hop(scene: Scene, pair: tuple[Node, Node], called: tuple[str, str], asked: list[PortRange]) -> Iterator[Side]:
    source, target = pair
    admission, meshed = scene.cluster.admission, _meshed(scene, target)
    seen = admission.seen(source, meshed, asked) if admission and meshed else asked
    if isinstance(target, Pod) and target.proxy:
        seen = [TUNNEL]
    for side, end, who in zip(_SIDES, pair, called, strict=True):
        if not isinstance(end, Pod):
            yield Side(f"{side} of {who}", allowed=True, reason="addresses: no policy of a cluster holds there")
        else:
            yield _side(scene, side, end, pair, seen)
    if admission and meshed:
        ports = () if meshed.proxy else meshed.ports
        own = [(protocol, number, number) for _, protocol, number in ports if protocol == "TCP"]
        yield explain_mesh.side(scene, admission, source, meshed, own if own and asked == [ALL_PORTS] else asked)


def _meshed(scene: Scene, target: Node) -> Pod | None:
    """Return a target at which the mesh decides, too."""
    return target if isinstance(target, Pod) and target.account and target not in scene.cluster.named else None


def _side(scene: Scene, side: str, end: Pod, pair: tuple[Node, Node], asked: list[PortRange]) -> Side:
    other = pair[1] if side == "egress" else pair[0]
    name = f"{side} of {named(scene.names.node[end])}"
    selecting = [
        (policy, one)
        for policy, one in scene.cluster.policies
        if _rules(policy, side) is not None and _selects(scene, policy, end)
    ]
    denying, shut = _deciding(scene, pair, side, asked, denied=True)
    if denying and not without(asked, shut) and end not in scene.cluster.named:
        return Side(name, allowed=False, reason="denied, whatever else allows it, by", rules=denying)
    deciding, _ = _deciding(scene, pair, side, asked, denied=False)
    if deciding and isinstance(other, Name) and not _is_learned(scene, end, other):
        return Side(name, allowed=False, reason="no DNS rule of it leads through the proxy: the name is not learned")
    if deciding:
        return Side(name, allowed=True, reason=f"{_SIDES[side]} by", rules=deciding)
    listed = tuple(Deciding(str(one), "", one.place().file) for _, one in selecting)
    if end in scene.cluster.named:
        also = "; what selects it here does not open it" if listed else ""
        return Side(name, allowed=True, reason=f"lies with somebody else, and is assumed open{also}", rules=listed)
    if not selecting:
        return Side(name, allowed=True, reason=f"no policy selects its {side}: open")
    which, whose = ("one policy", "it") if len(listed) == 1 else (f"{len(listed)} policies", "theirs")
    return Side(name, allowed=False, reason=f"selected by {which}, and no rule of {whose} is for this", rules=listed)


def _deciding(
    scene: Scene, pair: tuple[Node, Node], side: str, asked: list[PortRange], *, denied: bool
) -> tuple[tuple[Deciding, ...], set[PortRange]]:
    """Return what allows (or denies) a flow on a side, each entry once however many rules it makes, and the ports."""
    end, other = pair if side == "egress" else pair[::-1]
    assert isinstance(end, Pod)  # noqa: S101  an address has no policy
    found: dict[tuple[str, int], Deciding] = {}
    ports: set[PortRange] = set()
    for policy, one in scene.cluster.policies:
        rules = getattr(policy, f"{side}_denied") if denied else _rules(policy, side)
        if not rules or not _selects(scene, policy, end):
            continue
        for index, rule in enumerate(rules):
            own = intersect(ports_of(rule, pair[1]), asked)
            if own and _names(scene, rule, policy.namespace, other):
                ports |= own
                at = index if rule.at is None else rule.at
                found.setdefault((str(one), at), scene.deciding(one, "spec", f"{side}Deny" if denied else side, at))
    return tuple(found.values()), ports


def _is_learned(scene: Scene, end: Pod, name: Name) -> bool:
    return learned(
        name,
        (
            (rule, policy.namespace)
            for policy, _ in scene.cluster.policies
            if _selects(scene, policy, end)
            for rule in policy.egress or ()
        ),
    )


def _rules(policy: Policy, side: str) -> tuple[Rule, ...] | None:
    return policy.egress if side == "egress" else policy.ingress


def _selects(scene: Scene, policy: Policy, pod: Pod) -> bool:
    return pod in scene.cluster.universe.inside(policy.namespace, policy.pods)


def _names(scene: Scene, rule: Rule, space: str, other: Node) -> bool:
    return rule.peers is None or any(other in scene.cluster.universe.behind(peer, space) for peer in rule.peers)
