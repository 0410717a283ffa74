"""What the Apps of a namespace take at most, as templates read it.

May import: storage, answers.resources, system.model, quantities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from scaffold.answers.resources import taken, taken_beside
from scaffold.quantities import milli, size_bytes
from scaffold.storage import sidecar_storage, storage_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scaffold.answers.platform import PlatformSpec
    from scaffold.system.model import Member

# In a rollout, pods that are ending still count against the quota, and a new pod that does not fit is tried again ever
# more slowly. Only a Deployment starts new ones before the old ones are gone.
_ROLLOUT = {"Deployment": 2}
# What a container that asks for nothing is given by the LimitRange; the largest may not be smaller.
_DEFAULT = {"cpu": 100, "memory": 128 << 20, "storage": 64 << 20}

_Pods: TypeAlias = tuple[int, dict[str, int], list[dict[str, int]]]
"""How many pods there are at most of a kind, what each takes, and what each of its containers does."""


def quota(members: Iterable[Member], platform: PlatformSpec) -> dict[str, Any]:
    """Return pods and claims, the sums of CPU (milli), memory and storage (Mi), and limits of containers.

    `default` is the limit of a container that says none, `largest` the highest one: what the largest container takes
    that an App or the Platform itself has there, so that of Apps none exceeds what the Platform allows. Where CPU is
    not limited, neither has any: the API server takes the highest one for the default, and refuses containers without
    a limit below it.
    """
    pods = claims = claimed = 0
    total = {"cpu": 0, "memory": 0, "storage": 0}
    default = _default(platform)
    largest = dict(default)
    for member in members:
        workload = member.app.spec.workload
        claims += workload.pods * len(workload.volumes)
        claimed += workload.pods * sum(size_bytes(volume.size) for volume in workload.volumes.values())
        for count, taken_by_one, containers in (_own(member, platform), *_proxies(member)):
            pods += count
            for name in total:
                total[name] += count * taken_by_one[name]
                largest[name] = max(largest[name], *(one[name] for one in containers))
    return {
        "pods": pods,
        "claims": claims,
        "claimed": f"{claimed >> 20}Mi",
        **_spelled(total),
        "default": _limits(default, platform),
        "default_request": _limits(default),
        "largest": _limits(largest, platform),
    }


def _default(platform: PlatformSpec) -> dict[str, int]:
    """Return what a container is given that asks for nothing: never more than one may take."""
    most = platform.resources.most
    bounds = {"cpu": most.cpu and milli(most.cpu), "memory": most.memory and size_bytes(most.memory)}
    return {name: min(amount, bounds.get(name) or amount) for name, amount in _DEFAULT.items()}


def _limits(amounts: dict[str, int], platform: PlatformSpec | None = None) -> dict[str, str]:
    spelled = _spelled(amounts)
    cpu = {"cpu": spelled["cpu"]} if platform is None or platform.cpuLimits else {}
    return {**cpu, "memory": spelled["memory"], "ephemeral-storage": spelled["storage"]}


def _steps(member: Member, platform: PlatformSpec) -> Iterator[dict[str, int]]:
    """Yield what each container of the App itself takes: its own, and its init containers, which end before."""
    for step in (None, *member.app.spec.init.values()):
        given = taken(member.app, platform, step)
        yield {**_amounts(given.cpu, given.memory), "storage": storage_bytes(member.app)}


def _added(member: Member, platform: PlatformSpec) -> Iterator[dict[str, int]]:
    """Yield what each container takes that stays: the App's sidecars, and what is added to a pod when it starts."""
    for own in member.app.spec.sidecars.values():
        given = taken_beside(own, platform)
        yield {**_amounts(given.cpu, given.memory), "storage": sidecar_storage(own)}
    for sidecar, _ in member.additions.sidecars:
        # Of storage it says nothing, so it is given the LimitRange's default.
        yield {**_amounts(sidecar.cpu, sidecar.memory), "storage": _DEFAULT["storage"]}


def _own(member: Member, platform: PlatformSpec) -> _Pods:
    workload = member.app.spec.workload
    # One more where none is added: what is deleted by force may still be ending.
    count = max(workload.pods * _ROLLOUT.get(workload.kind, 1), workload.pods + 1)
    steps, added = list(_steps(member, platform)), list(_added(member, platform))
    overhead = _overhead(member, platform)
    # Steps run one after the other, each beside all that stays: the largest counts, not their sum.
    sums = {name: max(step[name] for step in steps) + sum(one[name] for one in added) for name in _DEFAULT}
    return count, {name: amount + overhead.get(name, 0) for name, amount in sums.items()}, [*steps, *added]


def _proxies(member: Member) -> Iterator[_Pods]:
    for proxy, _ in member.additions.proxies:
        amounts = {**_amounts(proxy.cpu, proxy.memory), "storage": size_bytes(proxy.storage)}
        yield proxy.replicas * _ROLLOUT["Deployment"], amounts, [amounts]


def _overhead(member: Member, platform: PlatformSpec) -> dict[str, int]:
    """Return what the RuntimeClass of an App's node pool adds to each pod, which counts beside its containers."""
    pool = platform.nodePools.get(member.app.spec.isolation or "")
    given = pool.overhead if pool else None
    return _amounts((given and given.cpu) or "0", (given and given.memory) or "0Mi")


def _amounts(cpu: str, memory: str) -> dict[str, int]:
    return {"cpu": milli(cpu), "memory": size_bytes(memory)}


def _spelled(amounts: dict[str, int]) -> dict[str, str]:
    return {
        "cpu": f"{amounts['cpu']}m",
        "memory": f"{amounts['memory'] >> 20}Mi",
        "storage": f"{amounts['storage'] >> 20}Mi",
    }
