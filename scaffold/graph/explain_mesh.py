"""Which policy of the mesh decides on a flow.

May import: answer, reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from scaffold.graph.answer import Deciding, Side
from scaffold.graph.texts import named
from scaffold.reach.callers import is_plaintext
from scaffold.reach.peer_authentication import STRICT
from scaffold.reach.ranges import intersect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.graph.scene import Scene
    from scaffold.reach.authorization import AuthorizationPolicy
    from scaffold.reach.mesh import Admission
    from scaffold.reach.model import Node, Pod, PortRange


def side(scene: Scene, admission: Admission, source: Node, target: Pod, asked: list[PortRange]) -> Side:
    """Return what the mesh says to a source at a target: its sidecar, its node, or the proxy that it is."""
    name = f"mesh at {named(scene.names.node[target])}"
    policies = admission.policies(target)

    def opens(*some: AuthorizationPolicy) -> bool:
        return bool(intersect(admission.gate_of(target, some).admitted(source), asked))

    if not opens():
        why = "and this caller shows no certificate" if is_plaintext(source) else "which this caller does not do"
        strict = [one for one in admission.authentications(target) if STRICT in {one.mode, *dict(one.ports).values()}]
        rules = tuple(rule for one in strict for rule in _of(scene, "PeerAuthentication", one.namespace, one.name))
        return Side(name, allowed=False, reason=f"mutual TLS is demanded, {why}", rules=rules)
    if opens(*policies):
        allowing = tuple(
            rule
            for policy, index, alone in _alone(policies, "ALLOW")
            if opens(alone)
            for rule in _of(scene, "AuthorizationPolicy", policy.namespace, policy.name, index)
        )
        if any(policy.action == "ALLOW" for policy in policies):
            return Side(name, allowed=True, reason="admitted by", rules=allowing)
        return Side(name, allowed=True, reason="no AuthorizationPolicy at it allows anything: open")
    denying = tuple(
        rule
        for policy, index, alone in _alone(policies, "DENY")
        if not opens(alone)
        for rule in _of(scene, "AuthorizationPolicy", policy.namespace, policy.name, index)
    )
    if denying:
        return Side(name, allowed=False, reason="denied by", rules=denying)
    selecting = [policy for policy in policies if policy.action == "ALLOW"]
    listed = tuple(rule for one in selecting for rule in _of(scene, "AuthorizationPolicy", one.namespace, one.name))
    return Side(name, allowed=False, reason="what selects it does not admit this caller", rules=listed)


def _alone(
    policies: list[AuthorizationPolicy], action: str
) -> Iterator[tuple[AuthorizationPolicy, int, AuthorizationPolicy]]:
    """Yield each rule of the policies of one action, with a policy of that rule alone."""
    for policy in policies:
        for index, rule in enumerate(policy.rules):
            if policy.action == action:
                yield policy, index, replace(policy, rules=(rule,))


def _of(scene: Scene, kind: str, namespace: str, name: str, index: int | None = None) -> Iterator[Deciding]:
    """Yield the object that says so, or its rule; nothing where it is no object's to say: a default."""
    for found in scene.cluster.objects:
        if found.key == (kind, namespace, name):
            rule = index is not None and "rules" in found.value["spec"]
            yield (
                scene.deciding(found, "spec", "rules", index or 0)
                if rule
                else Deciding(str(found), "", found.place().file)
            )
