"""What the policies of what was read decide, all of them together, with the Apps by their pods.

May import: draft, objects, part, ports (types), graph, reach, errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from scaffold.adopt.draft import Draft
from scaffold.adopt.ports import Opened
from scaffold.answers.walker import dotted
from scaffold.errors import Problem
from scaffold.graph.cluster import Cluster, cluster
from scaffold.graph.drawn import rows_of
from scaffold.graph.kinds import SPECS, rules_flows
from scaffold.graph.rows import Rows
from scaffold.reach.manifests import namespaces
from scaffold.reach.model import Pod
from scaffold.reach.plugins import unjudged, unplaced
from scaffold.reach.ranges import intersect, ports_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.adopt.objects import Found
    from scaffold.adopt.part import Part
    from scaffold.graph.objects import Object
    from scaffold.reach.model import PortRange, Rule

_POLICIES = ("Policy", "Authentication")  # how their kinds end


# Served by the group `extensions` until Kubernetes 1.16, and still in many repositories.
_MOVED = frozenset(("DaemonSet", "Deployment", "ReplicaSet"))


class Wide(Struct, frozen=True):
    """A rule that opens an App to everybody, or (`internet`) to every address on some ports; what is said of it."""

    key: str
    ports: frozenset[int]
    told: Problem
    internet: bool


class Ground(Struct, eq=False):
    """The cluster as far as it was read: Apps by their pods and pods by Apps' keys, and the ports of each App.

    `held` are the Apps whose egress some policy holds. `nodes` are the groups of the Platform, by their networks.
    `wide` rules let an App out, `entered` ones let every address in.
    """

    cluster: Cluster
    rows: Rows
    spaces: Mapping[str, Mapping[str, str]]
    drafts: dict[Pod, Draft]
    pods: dict[str, Pod]
    opened: dict[str, list[Opened]]
    wide: list[Wide] = field(default_factory=list)
    entered: list[Wide] = field(default_factory=list)
    nodes: dict[str, str] = field(default_factory=dict)

    @property
    def held(self) -> set[str]:
        """The Apps that reach nothing that no rule names."""
        return {key for key, pod in self.pods.items() if not self.rows.unheld & self.rows.bit[pod]}

    @property
    def unguarded(self) -> set[str]:
        """The Apps that everybody reaches whom his own policies let out."""
        return {key for key, pod in self.pods.items() if self.rows.open & self.rows.bit[pod]}

    def ports(self, rule: Rule, pod: Pod) -> set[PortRange]:
        """Return the ports of a rule, named ones as the pod has them."""
        return ports_of(rule, pod)

    def is_open(self, source: Draft, target: Draft, port: Opened) -> bool:
        """Tell whether all policies together let one App reach a port of another; of what is no sound workload, yes."""
        if not {source.key, target.key} <= self.pods.keys():
            return True
        asked = {(port.l4, port.number, port.last or port.number)}
        bit = self.rows.bit[self.pods[source.key]]
        row = self.rows.row(self.pods[target.key])
        return any(mask & bit and intersect(ranges, asked) for mask, ranges in row)


def ground(drafts: Iterable[Draft], found: Found, opened: dict[str, list[Opened]]) -> tuple[Ground, list[Problem]]:
    """Evaluate the policies that were read; what is not evaluated is said."""
    left: list[Problem] = []
    parts = [part for part in found.parts.values() if _is_read(part, left)]
    for at, missing in unplaced(part.one.value for part in parts).items():
        left.append(_unevaluated(parts[at], missing))
    objects = [part.one for part in parts]
    made = cluster(objects)
    by_object = {one.key: pod for pod, one in made.workloads.items()}
    known = {draft.key: by_object[draft.whole.one.key] for draft in drafts if draft.whole.one.key in by_object}
    given = {draft.key: draft for draft in drafts}
    apps = {pod: given[key] for key, pod in known.items()}
    spaces = namespaces([one.value for one in objects])
    return Ground(made, rows_of(made), spaces, apps, known, opened), left


def _is_read(part: Part, left: list[Problem]) -> bool:
    """Tell whether an object has a part in the evaluation; note what is wrong with a policy, and take it as read."""
    one: Object = part.one
    kind, group = one.value["kind"], str(one.value["apiVersion"]).rpartition("/")[0]
    group = {"extensions": "apps"}.get(group, group) if kind in _MOVED else group
    if (group, kind) not in SPECS:
        if rules_flows(group, kind):
            part.take()
            left.append(Problem(part.place, f"{one}: such policies are not evaluated", "declare what it lets through"))
        return False
    one.value.setdefault("spec", {})
    wrong = [*SPECS[group, kind](one.value["spec"], ("spec",))]
    for path, why, remedy in wrong:
        left.append(Problem(one.place(*path), f"{one}: {dotted(path)}: {why}", remedy or "mend the source"))
    if not kind.endswith(_POLICIES):
        return not wrong
    part.take()
    if not wrong and (parts := unjudged(one.value)):
        left.append(_unevaluated(part, parts))
        return False
    return not wrong


def _unevaluated(part: Part, says: Iterable[str]) -> Problem:
    why = f"it says what is not evaluated: {', '.join(dict.fromkeys(says))}"
    return Problem(part.place, f"{part.one}: {why}", "declare what it lets through")
