"""What the Apps of a namespace take at most, as templates read it.

May import: pod, system.model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.pod import size_bytes, storage_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffold.system.model import Member

ROLLOUT = 2
"""How many times an App's replicas there may be: in a rollout, pods that are ending still count against the quota, and
a new pod that does not fit is tried again ever more slowly."""
# What a container that asks for nothing is given by the LimitRange; the largest may not be smaller.
_DEFAULT = {"cpu": 100, "memory": 128 << 20, "storage": 64 << 20}


def quota(members: Iterable[Member]) -> dict[str, Any]:
    """Return pods, the sums of CPU (milli), memory and ephemeral storage (Mi), and the largest container."""
    pods = 0
    total = {"cpu": 0, "memory": 0, "storage": 0}
    largest = dict(_DEFAULT)
    for member in members:
        count = member.app.spec.workload.replicas * ROLLOUT
        pods += count
        for name, amount in _amounts(member).items():
            total[name] += count * amount
            largest[name] = max(largest[name], amount)
    most = _spelled(largest)
    return {
        "pods": pods,
        **_spelled(total),
        "largest": {"cpu": most["cpu"], "memory": most["memory"], "ephemeral-storage": most["storage"]},
    }


def _amounts(member: Member) -> dict[str, int]:
    resources = member.app.spec.resources
    cpu = int(resources.cpu[:-1]) if resources.cpu.endswith("m") else int(resources.cpu) * 1000
    return {"cpu": cpu, "memory": size_bytes(resources.memory), "storage": storage_bytes(member.app)}


def _spelled(amounts: dict[str, int]) -> dict[str, str]:
    return {
        "cpu": f"{amounts['cpu']}m",
        "memory": f"{amounts['memory'] >> 20}Mi",
        "storage": f"{amounts['storage'] >> 20}Mi",
    }
