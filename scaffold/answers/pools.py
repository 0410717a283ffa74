"""Rules on node pools: what keeps their nodes for the Apps that name them.

May import: schema, platform, unknown.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from scaffold.answers.unknown import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.platform import Platform
    from scaffold.answers.policy import NodePool
    from scaffold.answers.schema import App
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

_AT: Path = ("spec", "nodePools")
# What Kubernetes says of nodes with taints of its own: pods that tolerate these stay on nodes that are gone or full, or
# run beside the control plane.
_KUBERNETES = ("node.kubernetes.io/", "node-role.kubernetes.io/", "node.cloudprovider.kubernetes.io/")


def check(platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with the Platform's node pools."""
    pools = platform.spec.nodePools
    for name, pool in pools.items():
        yield from _taints(pool, (*_AT, name, "taints"))
        if pool.overhead is not None and pool.runtimeClass is None:
            yield (*_AT, name, "overhead"), "only a RuntimeClass has an overhead", "add `runtimeClass`, or remove it"
    for (name, pool), (other, nodes) in permutations(pools.items(), 2):
        if pool.labels.items() <= nodes.labels.items() and _marks(nodes) <= _marks(pool):
            why = f'its Apps run on the nodes of the pool "{other}", too: they have its labels, and no other taint'
            yield (*_AT, name), why, "give each pool a label or a taint with a value of its own"


def check_app(app: App, platform: Platform) -> Iterator[Complaint]:
    """Yield what is wrong with the node pool that an App names."""
    name, pools = app.spec.isolation, platform.spec.nodePools
    if name is not None and name not in pools:
        why, known = unknown("node pool", name, pools, "nodePools")
        yield ("spec", "isolation"), why, known


def _taints(pool: NodePool, at: Path) -> Iterator[Complaint]:
    seen = set()
    for index, taint in enumerate(pool.taints):
        if taint.key.startswith(_KUBERNETES):
            why = f"{taint.key} is Kubernetes' own: it says what state a node is in, or that it runs the control plane"
            yield (*at, index, "key"), why, "taint the pool's nodes with a key of your own, for example dedicated"
        if (taint.key, taint.effect) in seen:
            yield (*at, index), f"a node has one taint {taint.key} of the effect {taint.effect}", "remove one of them"
        seen.add((taint.key, taint.effect))


def _marks(pool: NodePool) -> set[tuple[str, str | None, str]]:
    return {(taint.key, taint.value, taint.effect) for taint in pool.taints}
