"""Which rules of manifests decide on a flow: at the source's egress, at the target's ingress, and in the mesh.

May import: answer, explain_mesh, explain_order, scene, naming, ports, question, texts, model, reach, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.errors import QuestionError
from scaffold.graph import explain_mesh, explain_order
from scaffold.graph.answer import Answer, Side
from scaffold.graph.model import spelled
from scaffold.graph.naming import ANYTHING
from scaffold.graph.ports import resolved
from scaffold.graph.question import End, nodes
from scaffold.graph.texts import named
from scaffold.reach.ambient import TUNNEL
from scaffold.reach.callers import is_plaintext
from scaffold.reach.model import ALL_PORTS, Name, Net, Pod
from scaffold.reach.ranges import intersect, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.graph.scene import Scene
    from scaffold.reach.model import Node, PortRange


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
    for side, end, who in zip(("egress", "ingress"), pair, called, strict=True):
        if isinstance(end, Pod):
            yield explain_order.side(scene, side, pair, end, seen)
        else:
            yield Side(f"{side} of {who}", allowed=True, reason=f"{_kind(end)}: no policy of a cluster holds there")
    if admission and meshed:
        ports = () if meshed.proxy else meshed.ports
        own = [(protocol, number, number) for _, protocol, number in ports if protocol == "TCP"]
        yield explain_mesh.side(scene, admission, source, meshed, own if own and asked == [ALL_PORTS] else asked)


def _kind(end: Node) -> str:
    if isinstance(end, Name):
        return "no pod, but a part of the cluster" if end.entity else "a host outside"
    return "addresses"


def _meshed(scene: Scene, target: Node) -> Pod | None:
    """Return a target at which the mesh decides, too."""
    return target if isinstance(target, Pod) and target.account and target not in scene.cluster.named else None
